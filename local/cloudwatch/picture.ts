import chromium from '@sparticuz/chromium';
import { chromium as browser } from 'playwright-core';

/** Wide enough for the grid of a dashboard. */
const WIDTH = 1_480;

/** A longer page is photographed in parts, each beginning with a heading, so that a reader sees more than a stripe. */
const TALLEST = 1_900;

/** Where to cut a page of some height. */
export function partsOf(height: number, headings: readonly number[]): { top: number; height: number }[] {
  const parts: { top: number; height: number }[] = [];
  for (let top = 0; top < height; ) {
    const fitting = headings.filter((each) => each > top && each <= top + TALLEST);
    const bottom = height - top <= TALLEST ? height : Math.floor(fitting.at(-1) ?? top + TALLEST);
    parts.push({ top, height: bottom - top });
    top = bottom;
  }
  return parts;
}

/**
 * Takes pictures of each page with a real browser.
 * @returns the files, of which a long page has several.
 */
export async function takePictures(
  pages: readonly { readonly html: string; readonly file: string }[],
  colorScheme: 'light' | 'dark',
): Promise<string[]> {
  if (process.platform !== 'linux') {
    throw new Error('Pictures are taken with a Chromium for Linux. The pages open in any browser.');
  }
  const running = await browser.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args,
    headless: true,
  });
  try {
    const page = await running.newPage({ viewport: { width: WIDTH, height: 900 }, colorScheme });
    const taken: string[] = [];
    for (const { html, file } of pages) {
      await page.setContent(html, { waitUntil: 'load' });
      const size = await page.locator('html').boundingBox();
      const headings = await Promise.all(
        (await page.locator('section.text').all()).map(async (each) => (await each.boundingBox())?.y ?? 0),
      );
      const parts = partsOf(Math.ceil(size?.height ?? 0), headings);
      for (const [at, { top, height }] of parts.entries()) {
        const picture = parts.length === 1 ? file : file.replace(/\.png$/, `-${at + 1}.png`);
        const clip = { x: 0, y: top, width: WIDTH, height };
        await page.screenshot({ path: picture, fullPage: true, clip });
        taken.push(picture);
      }
    }
    return taken;
  } finally {
    await running.close();
  }
}
