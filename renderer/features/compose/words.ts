import type { CompositionPreview, PreviewPackage } from '../../../main/api/compose.ts'
import { plural } from '../../../main/api/format.ts'
import type { LayerNote } from '../stack/model.ts'

/** `vim, lua and 3 more`. */
export function listNames(names: readonly string[], shown = 2): string {
  if (names.length <= shown + 1) return names.join(', ')
  return `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`
}

/** What a change came to, as one says it: `vim 9.0 added, 6 packages came along`. Undefined when nothing to speak of did. */
export function changeWords(before: CompositionPreview | undefined, after: CompositionPreview): string | undefined {
  const [old, now] = [new Map(before?.packages.map(byHash)), new Map(after.packages.map(byHash))]
  const added = after.packages.filter((one) => one.root && !old.get(one.hash)?.root)
  const removed = (before?.packages ?? []).filter((one) => one.root && !now.get(one.hash)?.root)
  const parts: string[] = []
  if (added.length > 0) {
    const along = after.packages.filter((one) => !one.root && !old.has(one.hash)).length
    parts.push(`${names(added)} added${along > 0 ? `, ${plural(along, 'package')} came along` : ''}`)
  }
  if (removed.length > 0) {
    const gone = (before?.packages ?? []).filter((one) => !one.root && !now.has(one.hash)).length
    const stays = removed.length === 1 && now.has(removed[0]?.hash ?? '')
    const with_ = gone > 0 ? `, ${plural(gone, 'package')} went with it` : ''
    parts.push(`${names(removed)} ${stays ? 'is no root any more, others need it' : 'removed'}${with_}`)
  }
  if (before && before.base?.reference !== after.base?.reference) {
    parts.push(after.base ? `on ${after.base.reference}` : 'no base image')
  }
  if (parts.length > 0) return sentence(parts.join('; '))
  const order = (preview: CompositionPreview | undefined) => preview?.roots.map(({ hash }) => hash).join()
  if (before && order(before) !== order(after)) {
    const top = now.get(after.roots.at(-1)?.hash ?? '')
    return top && `Order changed, ${top.name} lies on top`
  }
  return undefined
}

/** Package names keep their letters; other words begin a sentence. */
const sentence = (words: string) => words.replace(/^(on|no) /, (word) => word.charAt(0).toUpperCase() + word.slice(1))

const byHash = (one: PreviewPackage): [string, PreviewPackage] => [one.hash, one]
const names = (packages: readonly PreviewPackage[]) => listNames(packages.map((p) => `${p.name} ${p.version}`))

/** What the stack shows of each package beyond its layer: what brought it, and what is merged. */
export function layerNotes({ packages, stack }: CompositionPreview): ReadonlyMap<string, LayerNote> {
  const notes = new Map<string, LayerNote>()
  for (const { hash, broughtBy, root, neededBy } of packages) {
    if (root || !broughtBy) continue
    const others = neededBy.filter((name) => name !== broughtBy.name)
    const types = broughtBy.types.filter((type) => type === 'link' || type === 'run').join(' and ')
    const also = others.length > 0 ? `; also needed by ${listNames(others, 8)}` : ''
    notes.set(hash, { via: `for ${broughtBy.name}`, because: `${broughtBy.name} needs it (${types})${also}` })
  }
  const merged = packages.filter((one) => one.merged).map((one) => `${one.name} ${one.version}`)
  for (const { kind, key } of stack) if (kind === 'merged') notes.set(key, { holds: merged })
  return notes
}
