import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const FURTHER_PLACES = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The Chromium or Chrome of this machine: the one that the environment names, or the first on the path. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH, CHROME_PATH, PATH = '' } = process.env;
  const onPath = PATH.split(path.delimiter).flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  return [CHROMIUM_PATH, CHROME_PATH, ...onPath, ...FURTHER_PLACES].find((file) => file && existsSync(file));
}

/** Whether tests in a browser are to be skipped: where there is none, except in CI, where that is a failure. */
export const isBrowserMissing = !findChromium() && !process.env.CI;

/** A headless browser that does nothing of its own accord. Throws when there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('There is no Chromium: install it, or name one by CHROMIUM_PATH.');
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', // Chromium refuses to run as root with one
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface WatchedPage {
  page: Page;
  /** The address of everything that was asked for, sockets and workers included. */
  requests: string[];
  /** Errors in the console, those of the content security policy included, and what scripts did not catch. */
  problems: string[];
}

/** A page in a fresh profile, with a record of what it asks for and of what goes wrong. */
export async function openPage(browser: Browser): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  page.on('websocket', (socket) => requests.push(socket.url()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { page, requests, problems };
}
