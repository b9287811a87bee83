/* Two minutes' notice before the server ends the session. Every request that extends it restarts the clock, in all tabs. */
(() => {
  "use strict";
  const dialog = document.getElementById("idle");
  if (!dialog) return;
  const idle = Number(dialog.dataset.idleSeconds) * 1000;
  const notice = Math.min(Number(dialog.dataset.noticeSeconds) * 1000, idle / 2);
  const left = dialog.querySelector("[data-idle-left]");
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("presence") : null;
  let seen = Date.now();
  let timer = 0;

  function plan() {
    clearTimeout(timer);
    const rest = seen + idle - Date.now();
    if (rest <= 0) return location.reload();
    if (rest <= notice) {
      if (!dialog.open) dialog.showModal();
      const seconds = Math.ceil(rest / 1000);
      left.textContent = seconds > 60 ? "2 minutes" : `${seconds} seconds`;
      timer = setTimeout(plan, 1000);
    } else {
      if (dialog.open) dialog.close();
      timer = setTimeout(plan, rest - notice);
    }
  }
  function present(tell) {
    seen = Date.now();
    if (tell) tabs?.postMessage("present");
    plan();
  }
  tabs?.addEventListener("message", () => present(false));
  // A poll (X-Poll: 1) obeys the deadline and does not move it.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig.headers["X-Poll"] !== "1") present(true);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) plan(); });
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(event.target);
    try {
      const answer = await fetch(dialog.dataset.stayUrl, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
      if (!answer.ok) return location.reload();
      present(true);
    } catch {
      left.textContent = "a moment. There is no connection right now";
    }
  });
  present(true);
})();
