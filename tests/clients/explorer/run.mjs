// GraphiQL in Chromium: each tab it starts with works, and it needs nobody but the service.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";
import { ENDPOINT, SERVER, until } from "../flow.mjs";
import { record } from "./record.mjs";

const TABS = { generate: 0, batch: 1, gallery: 2, concepts: 3, watch: 4, choices: 5 };

// GraphiQL takes note of what is in the editor a moment after it changed.
const PAUSE = 300;

function findBrowser() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const script = [...names.map((name) => `command -v ${name}`), "true"].join(" || ");
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim();
}

/** Open a tab, run what stands in it or one operation of it, and give the answer that is last. */
async function run(page, tab, { operation, variables, isLast = () => true } = {}) {
  await page.locator(".graphiql-tab-button").nth(TABS[tab]).click();
  await page.waitForTimeout(PAUSE);
  if (variables) await write(page, ".graphiql-editor-tool", JSON.stringify(variables));
  await write(page, ".result-window", "");
  await page.waitForTimeout(PAUSE);
  await page.locator(".graphiql-execute-button").click();
  if (operation) await page.getByRole("menuitem", { name: operation }).click();

  let answer;
  await until(async () => {
    answer = await read(page);
    return answer?.errors || (answer?.data && isLast(answer.data));
  });
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  return answer.data;
}

const write = (page, place, text) =>
  page
    .locator(`${place} .CodeMirror`)
    .first()
    .evaluate((node, value) => node.CodeMirror.setValue(value), text);

const read = (page) =>
  page.locator(".result-window .CodeMirror").evaluate((node) => {
    const text = node.CodeMirror.getValue();
    return text === "" ? null : JSON.parse(text);
  });

async function makeAndWatch(page, seen) {
  const { generation } = (await run(page, "generate")).generate;
  assert.equal(generation.status, "SUCCEEDED");
  await show(page, generation.image);

  const { batch } = (await run(page, "batch", { operation: "Batch" })).generateBatch;
  assert.equal(batch.total, 6);
  const done = await run(page, "batch", {
    operation: "Progress",
    variables: { id: batch.id },
    isLast: ({ batchProgress }) => batchProgress.batch.status !== "RUNNING",
  });
  assert.equal(done.batchProgress.batch.succeeded, 6);
  const told = seen.messages.filter(({ type }) => type === "next");
  assert.ok(told.length > 1, "the batch was not watched while it was made");

  const { generationProgress } = await run(page, "watch", { variables: { id: generation.id } });
  assert.equal(generationProgress.progress, 1);
}

async function look(page) {
  const { gallery } = await run(page, "gallery");
  assert.equal(gallery.totalCount, 1);
  assert.equal(gallery.edges[0].node.prompt, "a lighthouse over a stormy sea at sunset");

  const { concept } = await run(page, "concepts");
  assert.ok(concept.equations.length > 3);

  const { styles, providers } = await run(page, "choices");
  assert.ok(styles.length >= 10);
  assert.ok(providers.some(({ isDefault }) => isDefault));
}

/** The picture is one that the browser can show. */
async function show(page, { url, width, height }) {
  const tab = await page.context().newPage();
  await tab.goto(url);
  const size = await tab.locator("img").evaluate((img) => [img.naturalWidth, img.naturalHeight]);
  assert.deepEqual(size, [width, height]);
  await tab.close();
}

/** The panels at the side open, and know the schema. */
async function openThePanels(page) {
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.getByRole("link", { name: "Mutation" }).click();
  await page.getByText("Make a picture from words.").waitFor();
  await page.getByRole("button", { name: "Show GraphiQL Explorer" }).click();
  await page.getByText("estimate").first().waitFor();
}

async function explore(page) {
  page.setDefaultTimeout(10_000);
  const seen = await record(page, SERVER);
  await page.goto(ENDPOINT);
  await page.locator(".graphiql-execute-button").waitFor();

  await makeAndWatch(page, seen);
  await look(page);
  await openThePanels(page);

  assert.deepEqual(seen.foreign, []);
  assert.deepEqual(seen.complaints, []);
  assert.ok(seen.requests.some((url) => url.includes("/graphql/assets/packages/")));
}

const executablePath = findBrowser();
if (executablePath) {
  const browser = await chromium.launch({ executablePath });
  const context = await browser.newContext();
  await explore(await context.newPage()).finally(() => browser.close());
} else {
  console.error("There is no Chromium or Chrome here, and GraphiQL was not tried.");
  process.exitCode = process.env.CI ? 1 : 0;
}
