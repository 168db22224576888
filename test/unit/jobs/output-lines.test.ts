import { describe, expect, it } from 'vitest'
import { splitLines, withoutColours } from '../../../main/jobs/output-lines.ts'
import { protect } from '../../../main/support/redact.ts'

const esc = String.fromCharCode(27)
const bytes = (text: string): Buffer => Buffer.from(text)

describe('lines of what a program prints', () => {
  it('are the same wherever the pieces are cut, in the middle of a letter too', () => {
    const text = bytes('größe\nzwei\r\nthree\n')
    const whole = splitLines().push(text)
    expect(whole).toEqual(['größe', 'zwei', 'three'])
    for (let at = 1; at < text.length; at++) {
      const splitter = splitLines()
      expect([...splitter.push(text.subarray(0, at)), ...splitter.push(text.subarray(at))]).toEqual(whole)
    }
  })

  it('keep colours, and nothing else that moves a terminal', () => {
    const title = `${esc}]0;Spack: 1 of 2${String.fromCharCode(7)}`
    const [line] = splitLines().push(bytes(`${title}${esc}[2J${esc}[3F${esc}[1;32m[+]${esc}[0m ok\u0008${esc}c\n`))
    expect(line).toBe(`${esc}[1;32m[+]${esc}[0m ok`)
    expect(withoutColours(line ?? '')).toBe('[+] ok')
  })

  it('of a bar that is drawn over and over is the last', () => {
    const splitter = splitLines()
    for (let percent = 0; percent < 100; percent++) {
      expect(splitter.push(bytes(`\r${percent} %`))).toEqual([])
      expect(splitter.partial()).toBe(`${percent} %`)
    }
    expect(splitter.push(bytes('\r100 %\n'))).toEqual(['100 %'])
  })

  it('are broken when they never end, so that no more than a few are held', () => {
    const splitter = splitLines()
    const lines: string[] = []
    for (let chunk = 0; chunk < 64; chunk++) lines.push(...splitter.push(Buffer.alloc(64 * 1024, 'x')))
    lines.push(...splitter.end())
    expect(Math.max(...lines.map((line) => line.length))).toBe(16 * 1024)
    expect(lines.join('')).toHaveLength(4 * 1024 * 1024)
  })

  it('hold no byte that is no text', () => {
    const garbage = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const splitter = splitLines()
    const lines = [...splitter.push(garbage), ...splitter.end()]
    expect(lines.join('')).not.toMatch(/[^\P{Cc}\t]/u)
    expect(lines.join('')).toContain('\ufffd')
  })

  it('show a question that waits for its answer, without its secrets', () => {
    protect('hunter2-and-more')
    const splitter = splitLines()
    splitter.push(bytes('Login with hunter2-and-more? [y/N] '))
    expect(splitter.partial()).toBe('Login with ***? [y/N] ')
    expect(splitter.push(bytes('y\nTOKEN=hunter2-and-more https://me:word@host/\n'))).toEqual([
      'Login with ***? [y/N] y',
      'TOKEN=*** https://***@host/',
    ])
  })
})
