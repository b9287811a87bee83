/* The palette: ⌘K or Ctrl K opens it, typing asks the search page for its piece, arrows choose, Enter opens, Esc closes.
   It asks by POST: a name never stands in an address. */
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const input = form.querySelector('input[name="q"]');
  const list = document.getElementById("palette-results");
  const status = dialog.querySelector("[data-palette-status]");
  const WAIT = 120;
  let timer = 0;
  let asked = null;
  let opener = null;

  const isMac = /Mac|iP(hone|ad|od)/.test(navigator.platform);
  for (const key of document.querySelectorAll("[data-palette-key]")) key.textContent = isMac ? "⌘K" : "Ctrl K";

  const rows = () => [...list.querySelectorAll(".palette-row")];
  const chosen = () => list.querySelector('[aria-selected="true"]');

  function choose(row) {
    for (const other of rows()) other.setAttribute("aria-selected", String(other === row));
    if (!row) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  }

  // The piece is plain links; here they become a list of options for the combobox.
  function dress() {
    const found = rows();
    if (found.length) list.setAttribute("role", "listbox");
    else list.removeAttribute("role");
    list.setAttribute("aria-label", "Results");
    for (const head of list.querySelectorAll(".palette-group")) head.setAttribute("role", "presentation");
    found.forEach((row, index) => {
      row.id = `palette-row-${index}`;
      row.setAttribute("role", "option");
      row.tabIndex = -1;
    });
    input.setAttribute("aria-expanded", String(found.length > 0));
    choose(found[0] ?? null);
    const count = found.length === 1 ? "1 result" : `${found.length} results`;
    status.textContent = input.value.trim() ? count : "";
  }

  async function ask() {
    asked?.abort();
    if (!input.value.trim()) {
      list.replaceChildren();
      return dress();
    }
    asked = new AbortController();
    const headers = { "HX-Request": "true", "HX-Target": "palette-results" };
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers, signal: asked.signal });
      if (answer.redirected) return location.reload();
      const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...piece.body.childNodes);
      dress();
    } catch (error) {
      if (error.name !== "AbortError") list.textContent = "There is no connection right now.";
    }
  }

  function open() {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    opener = document.activeElement;
    dialog.showModal();
    input.select();
    ask();
  }
  function move(step) {
    const found = rows();
    if (!found.length) return;
    const at = found.indexOf(chosen());
    choose(found[(at + step + found.length) % found.length]);
  }

  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-palette-open]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); move(step); }
    // A search field keeps the first Esc to empty itself; here Esc closes.
    if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
    if (event.key === "Enter" && chosen()) { event.preventDefault(); chosen().click(); }
  });
  list.addEventListener("pointermove", (event) => {
    const row = event.target.closest(".palette-row");
    if (row && row !== chosen()) choose(row);
  });
  dialog.addEventListener("close", () => { asked?.abort(); if (opener?.isConnected) opener.focus(); });
})();
