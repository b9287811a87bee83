/* Tables with a drawer: ↑ ↓ walk the rows (data-walk holds .row-link links) and open each; Esc closes the drawer. */
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") {
      const close = document.querySelector("[data-close-drawer]");
      if (close && !document.querySelector("dialog[open]") && !document.querySelector("details[data-popover][open]")) close.click();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const link = event.target.closest?.("[data-walk] .row-link");
    if (!step || !link) return;
    const links = [...link.closest("[data-walk]").querySelectorAll(".row-link")];
    const next = links[links.indexOf(link) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  });
  // The chosen row stays lit while its drawer is open.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-walk] .row-link");
    if (!link) return;
    for (const row of link.closest("[data-walk]").querySelectorAll("tr")) row.removeAttribute("aria-selected");
    link.closest("tr")?.setAttribute("aria-selected", "true");
  });
})();
