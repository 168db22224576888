/**
 * Copies a text. `navigator.clipboard` is missing where the page came over plain HTTP from another host, through an SSH
 * tunnel with a name of its own for instance; there the old command does it.
 */
export async function copyText(text: string): Promise<void> {
  // Its type promises that it is there.
  const clipboard: Clipboard | undefined = navigator.clipboard
  if (clipboard) return await clipboard.writeText(text)
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('readonly', '')
  // In a dialog the focus may not leave it.
  const place = focused?.closest('[role=dialog]') ?? document.body
  place.append(area)
  area.focus({ preventScroll: true })
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  if (!copied) throw new Error('the browser does not let this page copy')
}
