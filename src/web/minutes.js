// Findings: what is decided is told, the list is shown anew in its place, and places are played on the page.
const findings = find("findings");

async function decide(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await post(new URL(location.href).pathname.slice(base.length), body);
  if (!answer) return;
  const focused = document.activeElement?.id;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("findings");
  replace(findings, fresh);
  // A button that is gone leaves the focus to its neighbour.
  if (document.activeElement === document.body) (find(focused) ?? find(`accept-${body.get("id")}`))?.focus({ preventScroll: true });
}

if (findings) {
  findings.addEventListener("submit", (event) => {
    event.preventDefault();
    decide(event.target, event.submitter);
  });
  findings.addEventListener("click", (event) => {
    const at = event.target.closest?.("[data-at]")?.dataset.at;
    const player = find("player");
    if (!at || !player || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    player.currentTime = Math.max(at / 1000 - 1, 0);
    player.play().catch(() => {});
  });
}
