import type { Dragged } from './composition.ts'

// While something hovers a page may read only the types of what is dragged, not the data: so the type says the kind.
const types = {
  package: 'application/x-strata-package',
  root: 'application/x-strata-root',
  base: 'application/x-strata-base',
} as const satisfies Record<Dragged['kind'], string>

/** Puts on a drag what is dragged. */
export function startDrag(data: DataTransfer, dragged: Dragged): void {
  data.effectAllowed = 'copyMove'
  data.setData(types[dragged.kind], dragged.kind === 'base' ? dragged.reference : dragged.spec)
}

/** What kind of thing hovers; undefined for what comes from elsewhere. */
export function kindOfDrag(data: DataTransfer): Dragged['kind'] | undefined {
  return (['package', 'root', 'base'] as const).find((kind) => data.types.includes(types[kind]))
}

/** What was dropped. */
export function readDrag(data: DataTransfer): Dragged | undefined {
  const kind = kindOfDrag(data)
  if (kind === undefined) return undefined
  const value = data.getData(types[kind])
  return kind === 'base' ? { kind, reference: value } : { kind, spec: value }
}
