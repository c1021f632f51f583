// Everything here is a comfort: each page works without it.
import { Button } from "govuk-frontend/dist/govuk/components/button/button.mjs";
import { CharacterCount } from "govuk-frontend/dist/govuk/components/character-count/character-count.mjs";
import { Checkboxes } from "govuk-frontend/dist/govuk/components/checkboxes/checkboxes.mjs";
import { ErrorSummary } from "govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs";
import { Radios } from "govuk-frontend/dist/govuk/components/radios/radios.mjs";
import { SkipLink } from "govuk-frontend/dist/govuk/components/skip-link/skip-link.mjs";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

const KINDS = [Button, CharacterCount, Checkboxes, ErrorSummary, Radios, SkipLink];

function start(root) {
  for (const Kind of KINDS) {
    for (const element of root.querySelectorAll(`[data-module="${Kind.moduleName}"]`)) {
      try {
        new Kind(element);
      } catch (error) {
        // Already started, or a part is missing: the plain element still works.
      }
    }
  }
  for (const element of root.querySelectorAll("[data-print]")) {
    element.hidden = false;
    element.addEventListener("click", () => window.print());
  }
}

start(document);
document.body.addEventListener("htmx:load", (event) => start(event.target));

// Leaving. The page goes blank first, then the browser goes elsewhere, and the server ends the session by itself:
// none waits for another. Shift three times does the same; not Escape, which stops a page from loading.
const leaving = document.querySelector("form[data-leave]");

function leave() {
  document.documentElement.classList.add("own-left");
  document.title = "Loading";
  try {
    fetch(leaving.action, { method: "POST", keepalive: true, credentials: "same-origin", redirect: "manual" });
  } catch (error) {
    // Offline: going away matters more.
  }
  window.location.replace(leaving.dataset.leave);
}

if (leaving) {
  let presses = 0;
  let since = 0;
  let pure = false;
  const status = document.querySelector("[data-leave-status]");
  const say = (text) => { if (status) status.textContent = text; };
  leaving.addEventListener("submit", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    pure = event.key === "Shift"; // a Shift held for a capital letter does not count
    if (!pure && presses) {
      presses = 0;
      say("");
    }
  }, true);
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !pure) return;
    const now = Date.now();
    presses = now - since > 5000 ? 1 : presses + 1;
    since = now;
    if (presses >= 3) leave();
    else say(presses === 2 ? "Press Shift once more to leave." : "Press Shift twice more to leave.");
  }, true);
  window.addEventListener("pageshow", (event) => {
    // Brought back by the Back button from the browser's memory: ask the server, which knows nobody any more.
    if (event.persisted) {
      document.documentElement.classList.add("own-left");
      window.location.reload();
    }
  });
}
