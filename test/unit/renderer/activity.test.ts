import { describe, expect, it } from 'vitest'
import { shortenLine } from '../../../renderer/features/activity/progress.ts'

describe('a line of the log', () => {
  it('shows digests and hashes as short as everywhere else', () => {
    const hash = 'javfv4npq27ua4kua36pyc62su5kbq3s'
    expect(shortenLine(`linux-x86_64-gcc-12.2.0-ncurses-6.4-${hash}.spack sha256:${'5d0f1c9a'.repeat(8)}`)).toBe(
      'linux-x86_64-gcc-12.2.0-ncurses-6.4-javfv4n.spack sha256:5d0f1c9a5d0f',
    )
  })

  it('leaves words alone', () => {
    expect(shortenLine('index.spack: passed over cowsay-3.03.spack')).toBe('index.spack: passed over cowsay-3.03.spack')
  })
})
