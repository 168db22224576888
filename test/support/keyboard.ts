import type { Page } from '@playwright/test'

/** More stops than any screen has. */
const mostStops = 60

/** Presses Tab until what has this accessible name has the focus. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let pressed = 0; pressed < mostStops; pressed += 1) {
    await page.keyboard.press('Tab')
    // Nothing has the focus for a moment when what had it goes away.
    const label = await page.evaluate(() => {
      const focused = document.activeElement
      const labels = focused instanceof HTMLInputElement ? focused.labels : undefined
      const said = focused?.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? focused?.textContent
      return said?.trim() ?? ''
    })
    if (typeof name === 'string' ? label === name : name.test(label)) return
  }
  throw new Error(`Tab does not lead to ${String(name)}`)
}
