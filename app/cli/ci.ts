import { join, resolve } from 'node:path'
import type { CiFile, CiProvider, CiRecipe } from '../../main/api/ci.ts'
import { StrataError } from '../../main/support/errors.ts'
import { err, out } from './colours.ts'
import { environmentName } from './repository.ts'
import { withEngine } from './session.ts'

export interface CiOptions {
  readonly env?: string
  readonly spack?: string
  readonly to?: string
  readonly mirror?: string
  readonly targets?: readonly string[]
  readonly baseImage?: string
  readonly tag?: string
  readonly write?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/** `strata ci github` and `strata ci gitlab`: prints the file, or writes it into the repository. */
export async function ci(provider: CiProvider, options: CiOptions): Promise<void> {
  const environment = environmentName(options.env ?? (process.env.SPACK_ENV || undefined))
  const to = options.to ?? options.mirror
  if (environment === undefined) throw missing('which environment', 'Name one with --env.')
  if (to === undefined) throw missing('which cache', 'Name it with --to oci://host/name, or with --mirror.')
  const { tag, baseImage, force = false } = options
  const spack = options.spack === undefined ? undefined : resolve(options.spack)
  const request = { provider, environment, spack, to, tag, baseImage, targets: [...(options.targets ?? [])] }
  const recipe = await withEngine(async (engine) => {
    const made = await engine.call('ci.recipe', request)
    if (!options.write) return made
    if (!options.json) for (const file of made.files) showChange(file)
    return engine.call('ci.write', { ...request, force })
  })
  if (options.json) console.log(JSON.stringify(recipe))
  else if (options.write) console.log(describeWritten(recipe).join('\n'))
  else printFiles(recipe)
}

function missing(what: string, hint: string): StrataError {
  return new StrataError('usage', `${what} is missing`, { hint })
}

/** How a file that is there would change. */
function showChange({ diff }: CiFile): void {
  if (diff === undefined) return
  const coloured = (line: string): string =>
    line.startsWith('+') ? err.green(line) : line.startsWith('-') ? err.red(line) : line
  console.error(diff.split('\n').map(coloured).join('\n'))
}

function describeWritten({ folder = '', files, notes }: CiRecipe): string[] {
  const written = files.map(({ path, existing, diff }) => {
    const what = existing === undefined ? 'written' : diff === undefined ? 'unchanged' : 'changed'
    return `${out.green(what)} ${join(folder, path)}`
  })
  return [...written, ...notes.map((note) => `${out.cyan('note:')} ${note}`)]
}

/** The file alone on standard output, so that it can be sent anywhere; what is to be known beside it goes elsewhere. */
function printFiles({ files, notes }: CiRecipe): void {
  for (const { text } of files) process.stdout.write(text)
  for (const { path } of files) console.error(`${err.cyan('note:')} It belongs into ${path}; --write puts it there.`)
  for (const note of notes) console.error(`${err.cyan('note:')} ${note}`)
}
