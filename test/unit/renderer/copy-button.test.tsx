// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, describe, expect, it } from 'vitest'
import { CopyButton } from '../../../renderer/ui/CopyButton.tsx'

afterEach(cleanup)

describe('a copy button', () => {
  it('copies the whole value and says so', async () => {
    const user = userEvent.setup()
    render(<CopyButton value="sha256:5d0f1c9a" what="digest" />)
    await user.click(screen.getByRole('button', { name: 'Copy digest' }))
    expect(await navigator.clipboard.readText()).toBe('sha256:5d0f1c9a')
    expect(screen.getByRole('button', { name: 'Copied digest' })).toBeDefined()
  })

  it('copies without a clipboard as well, and keeps the focus', async () => {
    const user = userEvent.setup()
    Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })
    let copied: string | undefined
    Object.assign(document, {
      execCommand: () => {
        const area = document.activeElement
        copied = area instanceof HTMLTextAreaElement ? area.value : undefined
        return true
      },
    })
    render(<CopyButton value="strata push" what="command" />)
    await user.click(screen.getByRole('button', { name: 'Copy command' }))
    expect(copied).toBe('strata push')
    expect(document.activeElement).toBe(await screen.findByRole('button', { name: 'Copied command' }))
    expect(document.querySelector('textarea')).toBeNull()
  })
})
