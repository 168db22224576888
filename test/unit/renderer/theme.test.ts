import { describe, expect, it } from 'vitest'
import { type Token, tokens } from '../../../renderer/ui/theme.ts'

type Rgb = readonly [number, number, number]

function rgb(hex: string): Rgb {
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16) / 255
  return [part(1), part(3), part(5)]
}

const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)

/** Contrast by WCAG 2.2, from 1 to 21. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, bl] = rgb(hex)
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(bl)
  }
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

// Simulation of full dichromacy in linear RGB (Viénot, Brettel and Mollon 1999).
const dichromacies = {
  protanopia: [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  deuteranopia: [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
} as const

function simulate(hex: string, matrix: readonly (readonly number[])[]): readonly number[] {
  const c = rgb(hex).map(linear)
  return matrix.map((row) => row.reduce((sum, k, i) => sum + k * (c[i] ?? 0), 0))
}

const ansi = Object.keys(tokens.light).filter((name): name is Token => name.startsWith('ansi-'))

const states = ['build', 'reuse', 'present', 'base', 'problem'] as const

describe.each(['light', 'dark'] as const)('the %s theme', (scheme) => {
  const t = tokens[scheme]

  const onGrounds: readonly (readonly [Token, readonly Token[]])[] = [
    ['text', ['bg', 'surface', 'raised', 'hover', 'accent-soft']],
    ['dim', ['bg', 'surface', 'raised', 'hover', 'accent-soft']],
    ['accent-text', ['accent', 'accent-hover']],
    ...states.map((s) => [`${s}-ink`, ['bg', 'surface', `${s}-soft`, `${s}-fill`]] as const),
    ...states.map((s) => ['text', [`${s}-soft`, `${s}-fill`]] as const),
    ['warning-ink', ['bg', 'warning-soft']],
    ['shared-ink', ['bg', 'shared-soft']],
    ...ansi.map((colour) => [colour, ['bg', 'surface', 'accent-soft']] as const),
  ]

  it.each(onGrounds)('writes %s with a contrast of at least 4.5', (ink, grounds) => {
    for (const ground of grounds) expect(contrast(t[ink], t[ground]), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
  })

  it('has all sixteen colours of a terminal, no two alike', () => {
    expect(new Set(ansi.map((colour) => t[colour])).size).toBe(16)
  })

  it('draws focus, notches and edges with a contrast of at least 3', () => {
    for (const edge of ['accent', 'shared-bar', 'build-bar', 'present-bar', 'problem-bar', 'border-strong'] as const) {
      expect(contrast(t[edge], t.bg), edge).toBeGreaterThanOrEqual(3)
    }
  })

  it.each(Object.entries(dichromacies))('keeps the bars of the states apart with %s', (_, matrix) => {
    for (const [i, a] of states.entries()) {
      for (const b of states.slice(i + 1)) {
        const [x, y] = [simulate(t[`${a}-bar`], matrix), simulate(t[`${b}-bar`], matrix)]
        const distance = Math.hypot(...x.map((v, k) => v - (y[k] ?? 0)))
        expect(distance, `${a} and ${b}`).toBeGreaterThan(0.06)
      }
    }
  })
})
