//! A server for language models on this computer, over HTTP. What goes to it is what was said in a meeting, so the address is one that leads
//! to this computer and nowhere else: no name is looked up, no proxy is used, and no redirection is followed.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Uri;

use super::Failure;

/// For a connection: it is this computer.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of an answer.
const LONGEST_ANSWER: u64 = 4 << 20;

/// How a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Ollama's own: `/api/chat`, which is told how long the prompt may be.
    Ollama,
    /// That of OpenAI: `/v1/chat/completions`.
    OpenAi,
}

/// A server on this computer, and the model that it is to run.
pub struct Server {
    /// `http://127.0.0.1:11434`.
    base: String,
    model: String,
    api: Api,
    agent: Agent,
    checked: bool,
}

/// What answers there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ollama,
    Other,
    /// It could be Ollama.
    Unclear,
}

/// How an answer is asked to be JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// By a schema.
    Schema,
    /// JSON of any kind; the prompt has the schema.
    Object,
    /// Only by the prompt.
    Plain,
}

impl Shape {
    /// From the one that promises most.
    pub(super) const ALL: [Shape; 3] = [Shape::Schema, Shape::Object, Shape::Plain];
}

/// A question.
pub(super) struct Question<'a> {
    pub(super) prompt: &'a str,
    pub(super) schema: &'a Value,
    pub(super) shape: Shape,
    /// Tokens of prompt and answer together.
    pub(super) context: u32,
    /// Tokens of the answer.
    pub(super) answer: u32,
}

impl Server {
    /// A server at an address of this computer, with a limit for each answer. `api`: `None` asks the server. Ollama is asked in any case
    /// whether it runs the model itself.
    ///
    /// # Errors
    /// [`Failure::NotLocal`], [`Failure::Cloud`], [`Failure::NoModel`]; [`Failure::Unchecked`] if it does not become clear that Ollama runs the
    /// model itself; [`Failure::Unreachable`] if it is not there.
    pub fn new(address: &str, model: &str, api: Option<Api>, limit: Duration) -> Result<Server, Failure> {
        if is_cloud(model) {
            return Err(Failure::Cloud { model: model.to_owned() });
        }
        let base = local(address).ok_or_else(|| Failure::NotLocal { address: address.to_owned() })?;
        let config = Agent::config_builder()
            .user_agent(concat!("transcribe/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(limit))
            .build();
        let mut server = Server {
            base,
            model: model.to_owned(),
            api: Api::OpenAi,
            agent: Agent::new_with_config(config),
            checked: false,
        };
        let kind = server.kind()?;
        if kind == Kind::Ollama || api == Some(Api::Ollama) {
            server.refuse_remote()?;
            server.checked = true;
        }
        server.api = match (api, kind) {
            (Some(api), _) => api,
            (None, Kind::Ollama) => Api::Ollama,
            (None, Kind::Other) => Api::OpenAi,
            (None, Kind::Unclear) => return Err(Failure::Unchecked { model: server.model }),
        };
        Ok(server)
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// What it runs.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Whether it said that it runs the model itself. Only Ollama can be asked.
    pub fn is_checked(&self) -> bool {
        self.checked
    }

    fn kind(&self) -> Result<Kind, Failure> {
        let (status, answer) = self.call("/api/version", None)?;
        Ok(match status {
            200 if answer.is_some_and(|answer| answer.get("version").is_some()) => Kind::Ollama,
            // Some servers answer so whatever they do not know.
            200 | 404 | 405 => Kind::Other,
            _ => Kind::Unclear,
        })
    }

    /// Ollama says of a model that runs elsewhere where that is, whatever it is called. Without a clear answer, it is taken for such a model.
    fn refuse_remote(&self) -> Result<(), Failure> {
        let (status, answer) = self.call("/api/show", Some(&json!({"model": self.model})))?;
        let model = self.model.clone();
        let remote = |answer: &Value| {
            ["remote_host", "remote_model"].iter().any(|key| !answer[key].is_null() && answer[key] != "")
        };
        match (status, answer) {
            (404, _) => Err(Failure::NoModel { model }),
            (_, Some(answer)) if remote(&answer) => Err(Failure::Cloud { model }),
            (200, Some(Value::Object(_))) => Ok(()),
            _ => Err(Failure::Unchecked { model }),
        }
    }

    /// The text of the answer.
    ///
    /// # Errors
    /// [`Failure::Shape`] if the server does not know this way to ask for JSON; all others end the work.
    pub(super) fn ask(&self, question: &Question<'_>) -> Result<String, Failure> {
        let messages = json!([{"role": "user", "content": question.prompt}]);
        let (path, body) = match self.api {
            Api::Ollama => ("/api/chat", self.ollama(question, messages)),
            Api::OpenAi => ("/v1/chat/completions", self.open_ai(question, messages)),
        };
        let (status, answer) = self.call(path, Some(&body))?;
        let text = |answer: &Value| {
            let choice = &answer["choices"][0];
            let (message, reason) = match self.api {
                Api::Ollama => (&answer["message"], &answer["done_reason"]),
                Api::OpenAi => (&choice["message"], &choice["finish_reason"]),
            };
            (message["content"].as_str().map(str::to_owned), reason == "length")
        };
        match (status, answer) {
            (200, Some(answer)) => match text(&answer) {
                (_, true) => Err(Failure::AnswerCut),
                (Some(text), false) => Ok(text),
                (None, false) => Err(Failure::Answer),
            },
            (200, None) => Err(Failure::Answer),
            (404, _) => Err(Failure::NoModel { model: self.model.clone() }),
            (400..=599, _) if question.shape != Shape::Plain => Err(Failure::Shape),
            (status, _) => Err(Failure::Status { status }),
        }
    }

    fn ollama(&self, question: &Question<'_>, messages: Value) -> Value {
        let mut body = json!({
            "model": self.model, "messages": messages, "stream": false,
            "options": {"num_ctx": question.context, "num_predict": question.answer, "temperature": 0, "seed": 1},
        });
        match question.shape {
            Shape::Schema => body["format"] = question.schema.clone(),
            Shape::Object => body["format"] = "json".into(),
            Shape::Plain => {}
        }
        body
    }

    fn open_ai(&self, question: &Question<'_>, messages: Value) -> Value {
        let mut body = json!({
            "model": self.model, "messages": messages, "stream": false, "temperature": 0, "seed": 1,
            "max_tokens": question.answer,
        });
        match question.shape {
            Shape::Schema => {
                let schema = json!({"name": "summary", "strict": true, "schema": question.schema});
                body["response_format"] = json!({"type": "json_schema", "json_schema": schema});
            }
            Shape::Object => body["response_format"] = json!({"type": "json_object"}),
            Shape::Plain => {}
        }
        body
    }

    /// Status and JSON; `None` if the body is none.
    fn call(&self, path: &str, body: Option<&Value>) -> Result<(u16, Option<Value>), Failure> {
        let url = format!("{}{path}", self.base);
        let answered = match body {
            Some(body) => self.agent.post(&url).header("Content-Type", "application/json").send(body.to_string()),
            None => self.agent.get(&url).call(),
        };
        let mut response = answered.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let body = body.map_err(|error| self.failed(&error))?;
        Ok((status, serde_json::from_slice(&body).ok()))
    }

    /// What kept the server from answering. Its own words are not told: they may repeat what was said.
    fn failed(&self, error: &ureq::Error) -> Failure {
        let address = self.base.clone();
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect) => Failure::Unreachable { address },
            ureq::Error::Timeout(_) => Failure::Slow { address },
            ureq::Error::BodyExceedsLimit(_) => Failure::Answer,
            ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => Failure::Unreachable { address },
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::Slow { address },
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Failure::Unreachable { address }
            }
            _ => Failure::Gone { address },
        }
    }
}

/// The address without a path, if it leads to this computer: a number of the loopback network, or `localhost`, which is not looked up.
fn local(address: &str) -> Option<String> {
    let full = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let uri: Uri = full.parse().ok()?;
    if uri.scheme_str() != Some("http") || uri.authority()?.as_str().contains('@') {
        return None;
    }
    let host = uri.host()?;
    let ip: IpAddr = match host.trim_start_matches('[').trim_end_matches(']') {
        name if name.eq_ignore_ascii_case("localhost") => Ipv4Addr::LOCALHOST.into(),
        number => number.parse().ok()?,
    };
    let host = if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
    let port = uri.port_u16().map_or(String::new(), |port| format!(":{port}"));
    ip.is_loopback().then(|| format!("http://{host}{port}"))
}

/// Names of models that Ollama runs on servers of its maker.
fn is_cloud(model: &str) -> bool {
    let name = model.trim().to_ascii_lowercase();
    name.ends_with("-cloud") || name.ends_with(":cloud")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_is_local() {
        for (address, expected) in [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("localhost:8080/v1", "http://127.0.0.1:8080"),
            ("http://LOCALHOST", "http://127.0.0.1"),
            ("http://[::1]:1234/v1/", "http://[::1]:1234"),
            ("http://127.8.9.1:80", "http://127.8.9.1:80"),
        ] {
            assert_eq!(local(address).as_deref(), Some(expected), "{address}");
        }
        for address in [
            "http://192.168.1.2:11434",
            "http://example.org",
            "https://127.0.0.1:11434",
            "http://localhost.example.org",
            "http://0.0.0.0:1",
            "http://127.0.0.1@example.org",
            "http://[::ffff:10.0.0.1]",
            "ftp://127.0.0.1",
            "",
            "http://127.1.evil.example",
        ] {
            assert_eq!(local(address), None, "{address}");
        }
    }

    #[test]
    fn models_of_the_cloud_are_known_by_their_names() {
        for name in ["gpt-oss:120b-cloud", "glm-4.6:cloud", "Qwen3-Coder:480B-Cloud", "x-cloud "] {
            assert!(is_cloud(name), "{name}");
        }
        assert!(!is_cloud("cloudy:7b") && !is_cloud("llama3.2"));
    }
}
