/* The week board: arrows walk the blocks, [ and ] change the week, t is this week; only while the board has the focus. */
(() => {
  "use strict";
  const BY_KEY = "week-by-key";
  const board = () => document.querySelector("[data-board]");
  const opened = () => board()?.querySelector(".block.is-open");

  function beside(block, key) {
    const columns = [...board().querySelectorAll(".week-col")].map((column) => column.getAttribute("aria-label"));
    const day = block.closest(".week-col").getAttribute("aria-label");
    const of = (name) => [...board().querySelectorAll(`.week-col[aria-label="${name}"] a.block`)];
    if (key === "ArrowDown" || key === "ArrowUp") {
      const blocks = of(day);
      return blocks[blocks.indexOf(block) + (key === "ArrowDown" ? 1 : -1)];
    }
    const step = key === "ArrowRight" ? 1 : -1;
    const top = block.getBoundingClientRect().top;
    for (let n = columns.indexOf(day) + step; n >= 0 && n < columns.length; n += step) {
      const near = of(columns[n]).map((one) => [Math.abs(one.getBoundingClientRect().top - top), one]);
      if (near.length) return near.sort((a, b) => a[0] - b[0])[0][1];
    }
    return null;
  }

  /* From the board itself the arrow down leads to today's first session, or the week's. */
  function first(event) {
    if (event.key !== "ArrowDown" || !event.target.matches(".sheet")) return null;
    return board().querySelector(".is-today a.block") ?? board().querySelector("a.block");
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    if (!event.target.closest?.("[data-board], .sheet") || !board()) return;
    const link = { "[": "a[rel=prev]", "]": "a[rel=next]", t: "a[data-this-week]" }[event.key.toLowerCase()];
    if (link) {
      const week = document.querySelector(`.page-head ${link}`);
      if (week) sessionStorage.setItem(BY_KEY, week.href);
      week?.click();
      return;
    }
    const block = event.target.closest("a.block");
    const next = block && event.key.startsWith("Arrow") ? beside(block, event.key) : first(event);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // A week reached by a key has the focus on its board again, so that the next key works there too.
  if (sessionStorage.getItem(BY_KEY) === location.href) board()?.closest(".sheet").focus({ preventScroll: true });
  sessionStorage.removeItem(BY_KEY);

  // The block whose drawer is open keeps a ring; closing the drawer gives the focus back.
  document.addEventListener("click", (event) => {
    const close = event.target.closest?.("#drawer [data-close-drawer]");
    if (close && board()) {
      event.preventDefault();
      const block = opened();
      document.getElementById("drawer").replaceChildren();
      block?.classList.remove("is-open");
      block?.focus();
      return;
    }
    const block = event.target.closest?.("[data-board] a.block");
    if (!block) return;
    opened()?.classList.remove("is-open");
    block.classList.add("is-open");
  });
})();
