// Keeps a page up to date without a reload; where there are no scripts, a reload does the same.
"use strict";

const POLL_INTERVAL = 2000;
const live = document.getElementById("live");
const card = document.querySelector(".mirror");

function show(condition) {
  const words = card.querySelector("[data-words]");
  // Only what differs is written: a screen reader reads it aloud.
  if (words.textContent !== condition.words) words.textContent = condition.words;
  words.className = condition.good ? "good" : "bad";
  card.querySelector("[data-waiting]").textContent = condition.waiting;
  card.querySelector("[data-reason]").textContent = condition.reason;
  const bar = card.querySelector("progress");
  bar.hidden = !condition.is_reading;
  if (condition.percent === null) bar.removeAttribute("value");
  else bar.value = condition.percent;
}

// An element with the focus is not replaced; it follows when the focus has moved.
const isUsed = () => live.contains(document.activeElement);

async function replace() {
  const response = await fetch(location.href);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const newer = page.getElementById("live");
  if (isUsed()) return;
  live.replaceChildren(...newer.childNodes);
  live.dataset.mark = newer.dataset.mark;
}

async function look() {
  try {
    const response = await fetch(live.dataset.status);
    if (response.ok) {
      const condition = await response.json();
      if (card) show(condition);
      if (condition.mark !== live.dataset.mark && !isUsed()) await replace();
    }
  } catch {
    // The site itself is away: the next look comes anyway.
  }
  setTimeout(look, POLL_INTERVAL);
}

look();
