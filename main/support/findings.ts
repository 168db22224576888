import type { Finding } from '../api/models.ts'

const weight = { problem: 0, warning: 1, note: 2 } as const

/** The same findings, the gravest first; equally grave ones stay in their order. */
export function gravestFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => weight[a.severity] - weight[b.severity])
}

/** Names in a sentence, the first few of many: `vim, lua and 3 more`. */
export function listNames(names: readonly string[], shown = 4): string {
  if (names.length > shown + 1) return `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
