// The data of the page, and its strings in the reader's language.
const data = JSON.parse(document.getElementById("data").textContent);
const LANGUAGE = chosenLanguage(data.texts);
const T = data.texts[LANGUAGE];

// Replaces `{name}` in a text by the value of that name.
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function button(text, act, properties = {}) {
  const made = make("button", { type: "button", ...properties }, text);
  made.addEventListener("click", act);
  return made;
}

// A button with a sign, which is only drawn: what hears or speaks to the page knows the text.
function signButton(sign, text, act, properties = {}) {
  const made = button("", act, { title: text, ariaLabel: text, ...properties });
  made.dataset.sign = sign;
  return made;
}
