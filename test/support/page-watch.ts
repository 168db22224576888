import type { Page } from '@playwright/test'

/** Collects what the page complains of: errors of its scripts and of its content security policy. */
export function watchPage(page: Page): { readonly complaints: readonly string[] } {
  const complaints: string[] = []
  page.on('console', (message) => {
    // A lost connection is reported by the browser itself, whatever the page does about it.
    if (message.type() === 'error' && !message.text().includes('WebSocket connection')) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return { complaints }
}
