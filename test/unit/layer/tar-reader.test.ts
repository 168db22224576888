import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TarReader, type TarSink } from '../../../main/layer/tar-reader.ts'
import { packageTar, pax } from '../../support/raw-tar.ts'

/** Everything that a reader tells, content joined. */
class Recorder implements TarSink {
  readonly members: { name: string; kind: string; content: string; open: boolean }[] = []

  begin(member: { readonly name: Buffer; readonly kind: string }): void {
    this.members.push({ name: member.name.toString('latin1'), kind: member.kind, content: '', open: true })
  }

  content(piece: Buffer): void {
    const last = this.members.at(-1)
    if (last) last.content += piece.toString('latin1')
  }

  end(): void {
    const last = this.members.at(-1)
    if (last) last.open = false
  }
}

function read(tar: Buffer, cuts: readonly number[]): Recorder {
  const recorder = new Recorder()
  const reader = new TarReader(recorder)
  const places = [...cuts.map((cut) => cut % tar.length), tar.length].sort((a, b) => a - b)
  let from = 0
  for (const place of places) {
    reader.push(tar.subarray(from, place))
    from = place
  }
  reader.finish()
  return recorder
}

describe('a tar reader', () => {
  const tar = packageTar([
    pax({ path: 'old/store/linux/app-1.0-abc/ü', mtime: '1.5' }),
    { name: 'x', content: 'a'.repeat(1500) },
    { name: 'l', type: 'K', content: `${'t'.repeat(150)}\0` },
    { name: 'link', type: '2', link: 'short' },
    { name: 'empty', content: '' },
  ])

  it('tells the same however the stream is cut', () => {
    const whole = read(tar, []).members
    expect(whole.every((member) => !member.open)).toBe(true)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: tar.length }), { maxLength: 40 }), (cuts) => {
        expect(read(tar, cuts).members).toEqual(whole)
      }),
    )
  })

  it('refuses, or reads to its end, whatever bytes it gets, with its own error', () => {
    fc.assert(
      fc.property(fc.nat({ max: tar.length - 1 }), fc.nat({ max: 255 }), (place, byte) => {
        const changed = Buffer.from(tar)
        changed[place] = byte
        try {
          read(changed, [])
        } catch (error) {
          expect(error).toMatchObject({ code: 'layer-invalid' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
