import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { RepositoryRequestInput } from '../../main/api/catalog.ts'
import type { CompositionDraft, CompositionInput, CompositionPreview } from '../../main/api/compose.ts'
import type { Input } from '../../main/api/contract.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { StrataError, toStrataError } from '../../main/support/errors.ts'
import { type ActOptions, planAndRun } from './act.ts'
import { describePreview } from './compose-text.ts'
import { type CompositionOptions, changedComposition } from './composition.ts'
import { absoluteTarget } from './image-target.ts'
import { interruption } from './interrupt.ts'
import { describeFinding } from './plan-text.ts'
import { showingReading } from './reading-line.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'
import { terminalWidth } from './run-job.ts'
import { withEngine } from './session.ts'
import { checkLogins, type TargetLoginOptions, targetCredentials } from './target-login.ts'

/** The options of `strata compose` as commander hands them over. */
export interface ComposeOptions
  extends CompositionOptions,
    TargetLoginOptions,
    Omit<RepositoryOptions, 'env'>,
    ActOptions {
  readonly file?: string
  readonly image?: string
  readonly from?: string
  readonly to?: string
  readonly tag?: string
  readonly attachSbom?: boolean
  readonly sbom?: string
  /** False with `--no-examine`. */
  readonly examine: boolean
  readonly save?: string
}

/** `strata compose`: shows what comes of a composition, publishes it, says how to use the result. */
export async function compose(specs: readonly string[], options: ComposeOptions): Promise<void> {
  checkOptions(specs, options)
  const access = await repositoryRequest(options.from ?? '', { ...options, env: undefined }, 'compose')
  const toCredentials = await targetCredentials(options, 'compose')
  const interrupted = interruption()
  const run = randomUUID()
  try {
    await withEngine(async (engine) => {
      interrupted.signal.addEventListener('abort', () => void engine.call('run.cancel', { run }), { once: true })
      const asked = await requestOf(engine, specs, options, { ...access, run })
      const { tag, ...request } = { ...asked, toCredentials }
      const examine = options.examine ? 'all' : 'known'
      const looks = options.examine || options.save !== undefined || tag === undefined
      const preview = looks ? await look(engine, { ...request, tag, run, examine }) : undefined
      if (options.save !== undefined && preview) await save(resolve(options.save), preview.file)
      if (preview) report(preview, tag, options)
      if (tag !== undefined) {
        await planAndRun(engine, { kind: 'compose', ...request, tag, examine }, options, interrupted)
      }
    })
  } finally {
    interrupted.release()
  }
}

/** What can be said before anything is read. */
function checkOptions(specs: readonly string[], options: ComposeOptions): void {
  checkLogins(options)
  const { file, image, from, tag, dryRun } = options
  if (file !== undefined) return
  if (from === undefined) {
    throw new StrataError('usage', 'the build cache is missing', {
      hint: 'Name it with --from, for example: strata compose --from oci://ghcr.io/me/cache --tag tools vim lua',
    })
  }
  if (specs.length === 0 && image === undefined) {
    throw new StrataError('usage', 'what to compose is missing', {
      hint: 'Name packages of the cache, an image of it with --image, or a saved composition with -f.',
    })
  }
  if (tag === undefined && !dryRun) throw missingTag()
}

function missingTag(): StrataError {
  return new StrataError('usage', 'the tag that the image is to get is missing', {
    hint: 'Name it with --tag, or only look at what would come of it with --dry-run.',
  })
}

type Request = Omit<Input<'compose.preview'>, 'examine' | 'run'>

/** What is asked for in all: a file or an image of the cache to begin with, and the command line over it. */
async function requestOf(
  engine: OwnedEngine,
  specs: readonly string[],
  options: ComposeOptions,
  { run, ...access }: RepositoryRequestInput & { readonly run: string },
): Promise<Request> {
  const draft = options.file === undefined ? undefined : await readDraft(engine, options.file)
  const { from, to, tag, ...saved } = draft ?? {}
  const repository = options.from ?? from
  if (repository === undefined) {
    throw new StrataError('usage', `${options.file} does not say which build cache it is about`, {
      hint: 'Name it there as "from: oci://ghcr.io/me/cache", or with --from.',
    })
  }
  const asked = options.tag ?? tag
  if (asked === undefined && !options.dryRun) throw missingTag()
  const before = options.image === undefined ? saved : await open(engine, { ...access, tag: options.image, run })
  const target = options.to === undefined ? to : absoluteTarget(options.to)
  return {
    ...access,
    ...changedComposition(before, specs, options),
    repository,
    to: target,
    tag: asked,
    attachSbom: options.attachSbom,
    sbomFile: options.sbom === undefined ? undefined : resolve(options.sbom),
  }
}

async function readDraft(engine: OwnedEngine, file: string): Promise<CompositionDraft> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw toStrataError(error, `the composition ${file} cannot be read`)
  })
  return engine.call('compose.parse', { text, file: resolve(file) })
}

/** What an image of the cache is made of; says on standard error what of it would be lost. */
async function open(engine: OwnedEngine, image: Input<'compose.open'>): Promise<CompositionInput> {
  const { composition, findings } = await engine.call('compose.open', image)
  for (const finding of findings) console.error(describeFinding(finding).join('\n'))
  return composition
}

/** What comes of it, with a word on the terminal on what is read for it. */
function look(
  engine: OwnedEngine,
  request: Input<'compose.preview'> & { readonly run: string },
): Promise<CompositionPreview> {
  return showingReading(engine, () => engine.call('compose.preview', request), request.run)
}

async function save(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw toStrataError(error, `the composition cannot be saved as ${file}`)
  })
  console.error(`Saved as ${file}.`)
}

/**
 * Shows what would come of it where no plan will: without a tag, and where something stands in the way, which the plan's
 * error says the first of only. Sets the exit code then.
 */
function report(preview: CompositionPreview, tag: string | undefined, { json }: ComposeOptions): void {
  const blocked = preview.findings.some((finding) => finding.severity === 'problem')
  if (blocked) process.exitCode = 1
  if (json && tag === undefined) console.log(JSON.stringify({ composition: preview }))
  if (!json && (blocked || tag === undefined)) {
    console.log(describePreview(preview, { whole: tag === undefined, width: terminalWidth() }).join('\n'))
  }
}
