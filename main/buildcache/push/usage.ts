import type { PushResult } from '../../api/models.ts'
import { imageName } from '../../registry/reference.ts'
import { containerUsage, layoutUsage, spackUsage } from '../usage.ts'
import { shellQuote } from './command.ts'
import type { PreparedPush } from './prepared.ts'

/** How to use what is there now, a line a tool, each true as it stands; `tag` is the environment image's. */
export function usageOf(prepared: PreparedPush, tag: string | undefined): PushResult['usage'] {
  const { reference } = prepared.target
  const runnable = tag !== undefined && prepared.bases.size > 0
  if (reference.kind === 'layout') {
    return tag === undefined ? inspectUsage(prepared) : layoutUsage({ ...reference, tag }, runnable)
  }
  const name = tag === undefined ? undefined : imageName({ ...reference, tag })
  return [...(name && runnable ? containerUsage(name, reference) : []), ...spackUsage(reference, firstRoot(prepared))]
}

/** Packages alone, in a folder: the first root's image can be looked at. */
function inspectUsage({ target, selection, packages }: PreparedPush): PushResult['usage'] {
  const tag = packages.get(selection.roots[0] ?? '')?.tag
  if (tag === undefined) return []
  return [{ tool: 'skopeo', command: `skopeo inspect ${shellQuote(imageName({ ...target.reference, tag }))}` }]
}

function firstRoot({ selection, packages }: PreparedPush): { name: string; hash: string } | undefined {
  return selection.roots.flatMap((hash) => packages.get(hash)?.node ?? [])[0]
}
