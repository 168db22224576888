import { describe, expect, it } from 'vitest'
import { parseSgr, plainText, type Style } from '../../../renderer/features/spack/sgr.ts'
import { shownLine } from '../../../renderer/features/spack/shown-line.ts'

const esc = '\u001b'
const styleOf = (codes: string): Style | undefined => parseSgr(`${esc}[${codes}mx`)[0]?.style
const mixed = (red: number, green: number, blue: number) => ({ kind: 'mixed', red, green, blue })

describe('the codes of a line', () => {
  it('cut it into pieces, each with its style, and are gone', () => {
    const line = `${esc}[1;34m==>${esc}[0m ${esc}[1mInstalling${esc}[22m zlib`
    expect(parseSgr(line)).toEqual([
      { text: '==>', style: { bold: true, ink: { kind: 'named', index: 4 } } },
      { text: ' ', style: {} },
      { text: 'Installing', style: { bold: true } },
      { text: ' zlib', style: {} },
    ])
    expect(plainText(line)).toBe('==> Installing zlib')
  })

  it.each([
    ['30', { ink: { kind: 'named', index: 0 } }],
    ['97', { ink: { kind: 'named', index: 15 } }],
    ['41', { ground: { kind: 'named', index: 1 } }],
    ['106', { ground: { kind: 'named', index: 14 } }],
    ['2;3;4;7', { dim: true, italic: true, underline: true, inverse: true }],
    ['1;31;39', { bold: true }],
    ['01;31', { bold: true, ink: { kind: 'named', index: 1 } }],
    ['4;24;7;27;3;23;1;2;22;41;49', {}],
    ['31;', {}],
    ['', {}],
    ['5;8;53;999', {}],
  ])('%s is a style', (codes, style) => {
    expect(styleOf(codes)).toEqual(style)
  })

  it.each([
    ['38;5;9', { ink: { kind: 'named', index: 9 } }],
    ['38;5;16', { ink: mixed(0, 0, 0) }],
    ['38;5;208', { ink: mixed(255, 135, 0) }],
    ['48;5;231', { ground: mixed(255, 255, 255) }],
    ['38;5;232', { ink: mixed(8, 8, 8) }],
    ['38;5;255', { ink: mixed(238, 238, 238) }],
    ['1;38;2;10;20;30;4', { bold: true, ink: mixed(10, 20, 30), underline: true }],
    ['48;2;0;128;255', { ground: mixed(0, 128, 255) }],
    ['38:2::1:2:3', { ink: mixed(1, 2, 3) }],
    ['38:2:1:2:3', { ink: mixed(1, 2, 3) }],
    ['38:5:208', { ink: mixed(255, 135, 0) }],
    ['4:3', { underline: true }],
    ['4:0', { underline: false }],
  ])('%s is a colour of 256 or a mixed one', (codes, style) => {
    expect(styleOf(codes)).toEqual(style)
  })

  it.each(['38;5;256', '38;2;1;2', '38;5', '38;2;300;0;0', '38;7;1', '38', '38:9:1'])(
    'that make no sense (%s) change no colour',
    (codes) => {
      expect(styleOf(codes)?.ink).toBeUndefined()
      expect(plainText(`${esc}[${codes}mx`)).toBe('x')
    },
  )

  it('leave a line without them as it is, and an unfinished one to be seen', () => {
    expect(parseSgr('no colours')).toEqual([{ text: 'no colours', style: {} }])
    expect(plainText(`a${esc}[31`)).toBe(`a${esc}[31`)
  })
})

describe('a line as it is drawn', () => {
  it('has what is searched for set apart, whatever its case, and over a change of colour', () => {
    const { pieces } = shownLine(`An ${esc}[31mErr${esc}[0mor and another ERROR`, 'error')
    expect(pieces.filter((piece) => piece.found).map((piece) => piece.text)).toEqual(['Err', 'or', 'ERROR'])
    expect(pieces.map((piece) => piece.text).join('')).toBe('An Error and another ERROR')
  })

  it('is cut where nobody reads on, and says how much is left', () => {
    const { pieces, more } = shownLine(`${esc}[32m${'x'.repeat(1500)}${esc}[0m${'y'.repeat(14_000)}`, '')
    expect(pieces.map((piece) => piece.text.length)).toEqual([1500, 500])
    expect(more).toBe(13_500)
  })

  it('marks nothing where a small letter is longer than the large one', () => {
    expect(shownLine('İ error', 'error').pieces.some((piece) => piece.found)).toBe(false)
  })
})
