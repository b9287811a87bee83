/* Page manners for htmx: the CSRF token, busy buttons, lost sessions, pieces that fail, focus on errors. */
(() => {
  "use strict";
  document.documentElement.classList.add("has-js");
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = meta("csrf-token");
  });

  // A signed-out session answers with the sign-in page: go there, never swap it into a piece.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const signIn = document.body.dataset.signIn;
    const url = event.detail.xhr.responseURL;
    if (signIn && url && new URL(url).pathname.startsWith(signIn) && !location.pathname.startsWith(signIn)) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const button = event.detail.requestConfig.triggeringEvent?.submitter ?? null;
    if (button) button.setAttribute("aria-busy", "true");
    event.detail.target?.setAttribute("aria-busy", "true");
    document.getElementById("page-alert")?.replaceChildren();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const button = event.detail.requestConfig.triggeringEvent?.submitter ?? null;
    button?.removeAttribute("aria-busy");
    event.detail.target?.removeAttribute("aria-busy");
  });

  const clone = (id) => document.getElementById(id)?.content.cloneNode(true);

  function fail(event) {
    const { elt, requestConfig, xhr } = event.detail;
    const trigger = elt.getAttribute("hx-trigger") ?? "";
    if (requestConfig.verb === "get" && trigger.includes("load")) {
      const piece = clone("piece-failed");
      piece.querySelector("[data-retry]").href = elt.querySelector("a[href]")?.href ?? location.href;
      elt.replaceChildren(piece);
      return;
    }
    if (trigger.includes("every")) return;
    const notice = clone("request-failed");
    notice.querySelector("[data-reason]").textContent = reason(xhr);
    const place = document.getElementById("page-alert");
    place?.replaceChildren(notice);
    place?.scrollIntoView({ block: "nearest" });
  }

  function unescape(words) {
    const field = document.createElement("textarea");
    field.innerHTML = words;
    return field.value;
  }

  function reason(xhr) {
    if (!xhr || xhr.status === 0) return "There is no connection right now. Check the network, then try again.";
    const text = xhr.responseText ?? "";
    const title = /<h1[^>]*>([^<]*)</.exec(text);
    const said = title ? unescape(title[1]) : text.includes("<") ? "" : text;
    return said.trim() || "Something broke on our side. Try again.";
  }
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, fail);

  const focusError = (root) => root.querySelector?.("[data-focus]")?.focus();
  document.addEventListener("htmx:afterSettle", (event) => focusError(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => focusError(document));

  // On a narrow screen the tabs scroll sideways: bring the current one into sight.
  document.addEventListener("DOMContentLoaded", () => {
    for (const here of document.querySelectorAll(".tabs [aria-current], .document-nav [aria-current]")) {
      const strip = here.closest(".tabs, ol");
      strip.scrollLeft = here.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - here.offsetWidth) / 2;
    }
  });

  // A select that sends its form by itself; the button beside it serves pages without script.
  document.addEventListener("change", (event) => {
    event.target.closest("form[data-submit-on-change]")?.requestSubmit();
  });
  // Print buttons need script; they are shown only with it.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
})();
