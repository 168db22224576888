import type { ActKind, ActPlan, ActStep } from '../../../../main/api/acts.ts'
import { plural } from '../../../../main/api/format.ts'
import { assertNever } from '../../../ui/assert.ts'
import type { StateHue } from '../../../ui/theme.ts'

/** The acts as the window names them: the page, and the button that leads to it. */
export const actWords = {
  tag: { title: 'Retag', verb: 'Retag…' },
  copy: { title: 'Copy', verb: 'Copy to…' },
  delete: { title: 'Delete', verb: 'Delete…' },
  prune: { title: 'Prune', verb: 'Prune…' },
  index: { title: 'Update index', verb: 'Update index…' },
  check: { title: 'Check', verb: 'Check…' },
  compose: { title: 'Publish', verb: 'Compose from it…' },
  combine: { title: 'Combine', verb: 'Combine platforms…' },
  export: { title: 'Export', verb: 'Export…' },
} as const satisfies Record<ActKind, { title: string; verb: string }>

/** What happens to one thing, in a word and a hue. */
export const stepWords = {
  write: { word: 'write', sum: 'to write', hue: 'build' },
  copy: { word: 'copy', sum: 'to copy', hue: 'build' },
  mount: { word: 'mount', sum: 'mounted, not sent', hue: 'reuse' },
  present: { word: 'present', sum: 'there already', hue: 'present' },
  delete: { word: 'delete', sum: 'to delete', hue: 'problem' },
  keep: { word: 'keep', sum: 'kept', hue: 'reuse' },
  check: { word: 'check', sum: 'to check', hue: 'build' },
} as const satisfies Record<ActStep['action'], { word: string; sum: string; hue: StateHue }>

/** What the act's button says: it names its object. */
export function runWords({ kind, sums, steps }: ActPlan): string {
  switch (kind) {
    case 'tag':
      return `Write ${plural(sums.tags, 'tag')}`
    case 'copy':
      return `Copy ${plural(sums.tags, 'tag')}`
    case 'delete':
    case 'prune':
      return `Delete ${plural(sums.tags, 'tag')}`
    case 'index':
      return 'Update index'
    case 'check':
      // Manifests and blobs may be checked one by one: what is counted is what was asked for.
      return `Check ${plural(sums.tags > 0 ? sums.tags : steps.length, 'tag')}`
    case 'compose':
    case 'combine': {
      const written = steps.find(({ action, object }) => action === 'write' && object === 'tag')
      return written ? `Publish ${written.name}` : 'Publish'
    }
    case 'export':
      return 'Export'
    default:
      return assertNever(kind)
  }
}

/** What has to be typed before something is lost; undefined for an act that loses nothing. */
export function confirmWords(plan: ActPlan): string | undefined {
  return plan.kind === 'delete' || plan.kind === 'prune' ? runWords(plan).toLowerCase() : undefined
}

/** What the bytes of a plan are: `sums.bytes` in words. */
export const bytesWords = {
  tag: 'written',
  copy: 'to copy',
  delete: 'freed',
  prune: 'freed',
  index: 'written',
  check: 'to read',
  compose: 'of layers to send',
  combine: 'to copy',
  export: 'to write',
} as const satisfies Record<ActKind, string>
