import type { Page } from '@playwright/test'

/**
 * Collects what the page complains of: errors of its scripts and of its content security policy. `gone` says of an
 * address that its server has been ended on purpose: what the browser still wants from there is no complaint.
 */
export function watchPage(
  page: Page,
  gone: (url: string) => boolean = () => false,
): { readonly complaints: readonly string[] } {
  const complaints: string[] = []
  page.on('console', (message) => {
    // A lost connection is reported by the browser itself, whatever the page does about it.
    if (message.type() !== 'error' || message.text().includes('WebSocket connection')) return
    if (!gone(message.location().url)) complaints.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return { complaints }
}
