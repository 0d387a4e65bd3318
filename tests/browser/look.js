// Looks at pages with one Chromium: a line of JSON per order on stdin, a line of JSON with what was seen on stdout.
//
// An order: {"page": file, "pdf": file to print to, "shots": [{"path", "width", "height", "scheme", "at", "media"}]}.
"use strict";

const { chromium } = require("playwright-core");
const { createInterface } = require("node:readline");
const { pathToFileURL } = require("node:url");

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// what another mode changes; the other rules ask for structure, which is the same in all
const OF_COLOUR = ["color-contrast", "link-in-text-block"];
const MODES = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  forced: { colorScheme: "light", forcedColors: "active" },
};
const WIDTHS = [320, 768, 1280, 1920];
// WCAG 1.4.12: what a reader may set without losing anything
const SPACING = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}";
const A4 = Math.floor(((210 - 24) / 25.4) * 96); // its width in px within the margins of the style sheet

const sideways = () => [document.documentElement.scrollWidth, document.documentElement.clientWidth];
const text = () => document.body.innerText;

// What is wider than the page, or is cut by its own box. What is hidden for sighted readers is cut on purpose.
const cut = (width) =>
  [...document.querySelectorAll("body *")]
    .filter((e) => !e.closest(".hidden, svg") && e.getClientRects().length)
    .filter((e) => e.getBoundingClientRect().right > width + 1 || (getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1))
    .map((e) => `${e.tagName.toLowerCase()}.${e.className}: ${e.textContent.slice(0, 40)}`);

async function opened(browser, url, options, viewport = { width: 1280, height: 900 }) {
  const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const requests = [];
  const complaints = [];
  page.on("request", (request) => request.url().split("#")[0] !== url && requests.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, requests, complaints };
}

async function asServed(browser, url, order) {
  const { page, requests, complaints } = await opened(browser, url);
  const seen = { requests, complaints, text: await page.evaluate(text), sideways: {}, stops: [] };
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    seen.sideways[width] = await page.evaluate(sideways);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement === document.body)) break;
    seen.stops.push(
      await page.evaluate(() => {
        const e = document.activeElement;
        const box = e.getBoundingClientRect();
        const style = getComputedStyle(e);
        return {
          tag: e.tagName.toLowerCase(),
          href: e.getAttribute("href"),
          outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
          visible: box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight,
        };
      }),
    );
  }
  // a mark without words means nothing to who sees no colour or no picture
  seen.marks = await page.evaluate(() =>
    [...document.querySelectorAll(".mark, .badge")].map((e) =>
      (e.classList.contains("badge") ? e.textContent : (e.nextElementSibling?.textContent ?? "")).replace(/[^\p{L}]/gu, ""),
    ),
  );
  for (const shot of order.shots ?? []) await photograph(page, shot);
  await page.context().close();
  return seen;
}

async function photograph(page, { path, width, height = 900, scheme = "light", at = null, media = "screen", full = false }) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ media, ...MODES[scheme] });
  if (!full) await page.evaluate((to) => (to ? document.querySelector(to).scrollIntoView({ behavior: "instant" }) : scrollTo({ top: 0, behavior: "instant" })), at);
  await page.screenshot({ path, fullPage: full });
  await page.emulateMedia({ media: "screen", ...MODES.light });
}

async function throughAxe(browser, url) {
  // the page's own policy refuses any script, axe's too
  const { page } = await opened(browser, url, { bypassCSP: true });
  await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
  const violations = {};
  await page.evaluate(() => document.querySelectorAll("details").forEach((e) => (e.open = true)));
  for (const [mode, media] of Object.entries(MODES)) {
    await page.emulateMedia(media);
    violations[mode] = await page.evaluate(async (runOnly) => {
      const found = await axe.run(document, { runOnly, resultTypes: ["violations"] });
      return found.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 300), v.nodes[0].failureSummary]);
    }, mode === "light" ? TAGS : { type: "rule", values: OF_COLOUR });
  }
  await page.emulateMedia(MODES.light);
  await page.setViewportSize({ width: 320, height: 900 });
  await page.addStyleTag({ content: SPACING });
  const spaced = await page.evaluate(sideways);
  await page.context().close();
  return { violations, spaced };
}

async function withoutScript(browser, url, order) {
  const { page } = await opened(browser, url, { javaScriptEnabled: false }, { width: A4, height: 1100 });
  await page.setViewportSize({ width: 1280, height: 900 });
  const seen = { text: await page.evaluate(text) };
  await page.setViewportSize({ width: A4, height: 1100 });
  await page.emulateMedia({ media: "print" });
  seen.cut = await page.evaluate(cut, A4);
  if (order.pdf) await page.pdf({ path: order.pdf, preferCSSPageSize: true, format: "A4" });
  await page.context().close();
  return seen;
}

async function look(browser, order) {
  const url = pathToFileURL(order.page).href;
  const served = await asServed(browser, url, order);
  if (order.shots) return served;
  const bare = await withoutScript(browser, url, order);
  const { violations, spaced } = await throughAxe(browser, url);
  return { ...served, without_script: bare.text, cut_in_print: bare.cut, violations, spaced };
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = await look(browser, JSON.parse(line));
    } catch (error) {
      answer = { error: String(error.stack) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
})();
