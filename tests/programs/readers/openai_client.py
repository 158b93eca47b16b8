"""OpenAI's own client against the server at the base URL, with the token and the recording that are given; prints what it got."""

import json
import sys
import threading

import openai

base_url, token, recording, nonsense = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=token, timeout=100)


def transcribe(to=client.audio.transcriptions, model="whisper-1", **options):
    with open(recording, "rb") as file:
        return to.create(model=model, file=file, **options)


def refused(call):
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code, error.param]
    return "no error"


told = {}
plain = transcribe()
told["json"] = [type(plain).__name__, plain.text, plain.usage.type, plain.usage.seconds]
told["text"] = transcribe(response_format="text")
told["srt"] = transcribe(response_format="srt")
told["vtt"] = transcribe(response_format="vtt")
verbose = transcribe(
    response_format="verbose_json", timestamp_granularities=["word", "segment"], language="en", temperature=0, prompt="Özdemir"
)
told["verbose_json"] = [type(verbose).__name__, verbose.text, verbose.language, round(float(verbose.duration))]
told["segments"] = [[s.id, s.start, s.text, s.tokens, s.temperature] for s in verbose.segments]
told["words"] = [[word.word, word.start] for word in verbose.words]
diarized = transcribe(model="gpt-4o-transcribe-diarize", response_format="diarized_json", chunking_strategy="auto")
told["diarized_json"] = [type(diarized).__name__, [[s.id, s.type, bool(s.speaker)] for s in diarized.segments]]
told["stream"] = []
for event in transcribe(model="gpt-4o-transcribe", stream=True, include=["logprobs"]):
    told["stream"].append([event.type, event.delta if event.type.endswith("delta") else event.text])
translated = transcribe(to=client.audio.translations, response_format="verbose_json")
told["translation"] = [type(translated).__name__, translated.text, translated.language]
extra = {"languages[]": ["de", "en"], "keywords[]": ["Frau Özdemir"]}
told["extra"] = transcribe(extra_body=extra).text

models = client.models.list()
told["models"] = [model.id for model in models][-1:]
told["model"] = client.models.retrieve("whisper-1").owned_by

stranger = openai.OpenAI(base_url=base_url, api_key="sk-none")
told["errors"] = [
    refused(lambda: stranger.models.list()),
    refused(lambda: transcribe(model="invalid-model")),
    refused(lambda: transcribe(language="klingon")),
    refused(lambda: client.models.retrieve("nothing")),
    refused(lambda: client.audio.transcriptions.create(model="whisper-1", file=open(nonsense, "rb"))),
]
# Its first question is given up while the work goes on; the second one, by itself, joins it.
patience = openai.OpenAI(base_url=base_url, api_key=token, timeout=openai.Timeout(100, read=0.5), max_retries=20)
told["retried"] = transcribe(to=patience.audio.transcriptions, prompt="slow", response_format="text")
# Two at once get the same.
together = []
threads = [threading.Thread(target=lambda: together.append(transcribe(prompt="two").text)) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
told["together"] = together
json.dump(told, sys.stdout, ensure_ascii=False)
