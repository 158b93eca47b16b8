// The language of a page's strings, given as an object by language: the one that the program chose, or else the browser's.
function chosenLanguage(texts) {
  const known = Object.keys(texts);
  const wanted = navigator.languages.map((code) => code.toLowerCase().split("-")[0]);
  return wanted.find((code) => known.includes(code)) ?? (known.includes("en") ? "en" : known[0]);
}

