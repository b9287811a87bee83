/* Dialogs: a piece that lands in #dialog opens it, an empty answer closes it; Esc and the backdrop cancel, focus returns. */
(() => {
  "use strict";
  const dialog = document.getElementById("dialog");
  let opener = null;

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (dialog && event.detail.target === dialog && !dialog.open) opener = document.activeElement;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!dialog || event.detail.target !== dialog) return;
    if (!dialog.textContent.trim()) return dialog.close();
    const title = dialog.querySelector("h1, h2");
    if (title) title.id = "dialog-title";
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  });
  dialog?.addEventListener("close", () => {
    dialog.replaceChildren();
    if (opener?.isConnected) opener.focus();
    opener = null;
  });
  document.addEventListener("click", (event) => {
    const open = event.target.closest?.("dialog[open]");
    if (!open || open.id === "idle") return;
    if (event.target === open || event.target.closest("[data-close]")) {
      event.preventDefault();
      open.close();
    }
  });
})();
