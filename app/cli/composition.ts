import { homedir } from 'node:os'
import type { CompositionInput } from '../../main/api/compose.ts'
import { absoluteBase } from '../../main/image/base-path.ts'
import { StrataError } from '../../main/support/errors.ts'
import { nearest } from '../../main/support/nearest.ts'

/** The options of `strata compose` that say what the image is, as commander hands them over. */
export interface CompositionOptions {
  readonly without?: readonly string[]
  readonly baseImage?: string
  readonly baseOf?: string
  readonly allowMissing?: boolean
  readonly maxLayers?: number
  readonly squash?: boolean
  readonly baseline?: string
  readonly ociMediaTypes?: boolean
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly workdir?: string
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
  readonly label?: Readonly<Record<string, string>>
  readonly title?: string
  readonly created?: string
}

/**
 * A composition after the command line: its roots without those that are left out, the specs after them; what an option
 * says wins over what the composition said, and of labels and variables the others stay.
 */
export function changedComposition(
  before: CompositionInput,
  specs: readonly string[],
  options: CompositionOptions,
): CompositionInput {
  const { settings = {}, variables = {} } = before
  const { label, entrypoint, command, env, baseImage, baseOf } = options
  const said = {
    base: baseImage === undefined ? undefined : absoluteBase(baseImage, { folder: process.cwd(), home: homedir() }),
    baseOf,
  }
  return {
    ...before,
    roots: [...without(before.roots ?? [], options.without ?? []), ...specs],
    // One of the two takes the place of whichever was there.
    ...((said.base !== undefined || baseOf !== undefined) && said),
    settings: {
      ...settings,
      ...(label && { labels: { ...settings.labels, ...label } }),
      ...(entrypoint && { entrypoint: [...entrypoint] }),
      ...(command && { command: [...command] }),
      workingDirectory: options.workdir ?? settings.workingDirectory,
      user: options.user ?? settings.user,
    },
    variables: { ...variables, ...env },
    title: options.title ?? before.title,
    created: options.created ?? before.created,
    baseline: options.baseline ?? before.baseline,
    layerLimit: options.maxLayers ?? before.layerLimit,
    squash: options.squash ?? before.squash,
    ociForm: options.ociMediaTypes ?? before.ociForm,
    allowMissing: options.allowMissing ?? before.allowMissing,
  }
}

/** Throws `usage` for a name that none of the roots has. */
function without(roots: readonly string[], names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (roots.some((root) => isMeant(root, name))) continue
    const meant = nearest(name, roots.map(nameOf))
    throw new StrataError('usage', `there is no root ${name} that could be left out`, {
      hint: meant === undefined ? `The roots are: ${roots.join(', ')}.` : `Did you mean ${meant}?`,
    })
  }
  return roots.filter((root) => !names.some((name) => isMeant(root, name)))
}

/** A root is left out by what it was written as, by its name, or by its hash or the hash's beginning. */
function isMeant(root: string, name: string): boolean {
  if (root === name || nameOf(root) === name) return true
  const hash = /\/([a-z2-7]+)$/.exec(root)?.[1]
  return name.length > 1 && name.startsWith('/') && hash?.startsWith(name.slice(1)) === true
}

function nameOf(root: string): string {
  return /^[^@/%+~ =]*/.exec(root)?.[0] ?? root
}
