import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { CiFile, CiRecipe, CiRequest } from '../../api/ci.ts'
import { goArchitecture } from '../../image/architecture.ts'
import { formatReference, parseReference } from '../../registry/reference.ts'
import { readMirrors } from '../../spack/config/mirrors.ts'
import { kindOf } from '../../spack/files.ts'
import { targetFamily } from '../../spack/spec/target.ts'
import { StrataError } from '../../support/errors.ts'
import { unifiedDiff } from '../../support/line-diff.ts'
import { temporaryName } from '../../support/temporary.ts'
import { isOci } from '../mirror-logins.ts'
import { checkImageTag } from '../package-tag.ts'
import { shellQuote } from '../push/command.ts'
import { type Host, openSource, type Source } from '../source.ts'
import { githubPath, githubRunner, githubWorkflow, hasGithubToken } from './github.ts'
import { gitlabPath, gitlabPipeline, gitlabRunner, hasGitlabLogin } from './gitlab.ts'
import type { CiJob, CiTarget } from './job.ts'

/** The release that a recipe takes where no Spack is at hand. */
const NEWEST_SPACK = 'v1.1.0'

/**
 * The CI files for an environment. Reads files only; asks no registry. Throws what `openSource` throws, and `usage` for what
 * no CI could do: a cache that is no registry, two targets whose images would be of one platform.
 */
export async function recipeFor(request: CiRequest, host: Host): Promise<CiRecipe> {
  const source = await openSource(request, host)
  const folder = await repositoryOf(source)
  const job = jobOf(request, source, folder)
  const file =
    job.provider === 'github'
      ? { path: githubPath(job), text: githubWorkflow(job) }
      : { path: gitlabPath, text: gitlabPipeline(job) }
  return {
    provider: job.provider,
    folder,
    files: [await withExisting(file, folder)],
    notes: notesFor(job, folder),
    command: commandOf(request),
  }
}

/**
 * Writes the files of a recipe, each whole or not at all. Throws `usage` where there is no repository, `file-exists` before
 * anything is written, and the system's errors.
 */
export async function writeRecipe(recipe: CiRecipe, force: boolean): Promise<CiRecipe> {
  const { folder, files } = recipe
  if (folder === undefined) {
    throw new StrataError('usage', 'the environment lies in no git repository', {
      hint: 'Print the file instead and put it into yours, or name an environment that lies in one.',
    })
  }
  const other = files.find(({ diff }) => diff !== undefined)
  if (other && !force) {
    throw new StrataError('file-exists', `${join(folder, other.path)} holds something else`, {
      hint: 'See what would change, and write over it with --force.',
      details: { file: join(folder, other.path) },
    })
  }
  for (const { path, text, existing } of files) {
    if (existing === text) continue
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(temporaryName(file), text)
    await rename(temporaryName(file), file)
  }
  return recipe
}

async function withExisting(file: CiFile, folder: string | undefined): Promise<CiFile> {
  if (folder === undefined) return file
  try {
    const existing = await readFile(join(folder, file.path), 'utf8')
    const diff = unifiedDiff(existing, file.text, { old: `a/${file.path}`, new: `b/${file.path}` })
    return { ...file, existing, ...(diff !== '' && { diff }) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return file
    throw error
  }
}

/** The top of the git repository that the environment lies in. Spack's own is none that CI files belong into. */
async function repositoryOf({ environment, instance }: Source): Promise<string | undefined> {
  const start = environment?.folder
  if (start === undefined || instance?.sysroot !== undefined) return undefined
  for (let folder = start; ; folder = dirname(folder)) {
    // In a worktree it is a file.
    if ((await kindOf(join(folder, '.git'))) !== undefined) {
      return (await kindOf(join(folder, 'bin/spack'))) === undefined ? folder : undefined
    }
    if (dirname(folder) === folder) return undefined
  }
}

function jobOf(request: CiRequest, source: Source, folder: string | undefined): CiJob {
  const { environment, instance } = source
  const { provider, to, tag, baseImage } = request
  if (!environment) throw new StrataError('usage', 'which environment is missing', { hint: 'Name it with --env.' })
  if (tag !== undefined) checkImageTag(tag)
  const reference = parseReference(addressOf(to, source))
  if (reference.kind !== 'registry') {
    throw new StrataError('usage', `a CI cannot reach ${formatReference(reference)}`, {
      hint: 'Name a repository of a registry: oci://ghcr.io/me/cache.',
    })
  }
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw new StrataError('reference-invalid', `${formatReference(reference)} names one image, not a repository`)
  }
  const targets = [...new Set(request.targets)].map((name) => ({ name, family: targetFamily(name) }))
  if (tag !== undefined) checkPlatforms(targets)
  const inside = folder === undefined ? '' : relative(folder, environment.folder)
  const inRepository = inside === '' ? '.' : `./${inside}`
  return {
    ...{ provider, tag, baseImage, targets },
    environment: {
      name: environment.name,
      folder: inRepository,
      concretized: environment.lock !== undefined,
    },
    cache: formatReference(reference),
    registry: reference.registry,
    spack: spackRef(instance?.version),
    command: commandOf({ provider, to, tag, baseImage, targets: request.targets, environment: inRepository }),
  }
}

/** The address behind a mirror's name: a CI that has only the repository does not know the user's mirrors. */
function addressOf(to: string, { configuration }: Source): string {
  const mirror = configuration && readMirrors(configuration).find((one) => one.name === to)
  const url = mirror?.push?.url ?? mirror?.fetch?.url
  if (mirror && (url === undefined || !isOci(url))) {
    throw new StrataError('usage', `mirror ${to} is at ${url ?? 'no address'}, which is not an OCI registry`)
  }
  if (url === undefined && /^[A-Za-z0-9._-]+$/.test(to)) {
    throw new StrataError('usage', `there is no mirror "${to}"`, { hint: 'Name a repository: oci://host/name.' })
  }
  return url ?? to
}

/** An image index holds one image of each platform, and a platform says nothing of processors beyond their family. */
function checkPlatforms(targets: readonly CiTarget[]): void {
  for (const [at, one] of targets.entries()) {
    const twin = targets.slice(0, at).find(({ family }) => family === one.family)
    if (!twin) continue
    const platform = `linux/${goArchitecture(one.family)}`
    throw new StrataError('usage', `${twin.name} and ${one.name} are both ${platform}, of which an image has one`, {
      hint: 'Leave one of them out, or leave --tag out: packages of both may lie in one cache.',
    })
  }
}

/** The release of the Spack at hand, so that the CI concretizes as it does; a development version is its own branch. */
function spackRef(version: string | undefined): CiJob['spack'] {
  if (version === undefined) return { ref: NEWEST_SPACK, loginVariables: true }
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? []
  const loginVariables = Number(major) > 0 || Number(minor) >= 23
  return { ref: /^\d+\.\d+\.\d+$/.test(version) ? `v${version}` : 'develop', loginVariables }
}

function notesFor(job: CiJob, folder: string | undefined): string[] {
  const notes: string[] = []
  const github = job.provider === 'github'
  if (folder === undefined) {
    notes.push(
      'The environment lies in no git repository: put its spack.yaml and spack.lock at the top of the one that gets the file.',
    )
  }
  notes.push(
    github
      ? 'Set the variable STRATA_REPOSITORY (Settings, Secrets and variables, Actions, Variables) to the address of Strata’s git repository.'
      : 'Set the variable STRATA_REPOSITORY (Settings, CI/CD, Variables) to the address of Strata’s git repository.',
  )
  if (github && !hasGithubToken(job.registry)) {
    notes.push(`Set the secrets REGISTRY_USERNAME and REGISTRY_PASSWORD, a login that may write to ${job.registry}.`)
  }
  if (github && hasGithubToken(job.registry)) {
    notes.push(
      'The package must belong to this repository, or give it write access (its settings, Manage Actions access).',
    )
  }
  if (!github && !hasGitlabLogin(job.registry)) {
    notes.push(
      `Set the masked variables REGISTRY_USERNAME and REGISTRY_PASSWORD, a login that may write to ${job.registry}.`,
    )
  }
  if (!github && hasGitlabLogin(job.registry) && job.registry !== 'registry.gitlab.com') {
    notes.push(
      `${job.registry} is taken for the registry of your GitLab; for any other set STRATA_USERNAME and STRATA_PASSWORD to variables of your own.`,
    )
  }
  for (const target of job.targets) {
    const { label, hosted } = github ? githubRunner(target) : gitlabRunner(target)
    if (!hosted) notes.push(`${target.name} needs a runner of your own with the ${github ? 'label' : 'tag'} ${label}.`)
  }
  if (job.tag !== undefined && job.baseImage === undefined) {
    notes.push('Without a base image the image has no shell and no libc: name one with --base-image to run it.')
  }
  if (!job.spack.loginVariables) {
    notes.push(
      'Spack before 0.23 keeps the login of a mirror in its configuration: here on a runner that is thrown away.',
    )
  }
  return notes
}

function commandOf(request: CiRequest): string {
  const words = ['strata', 'ci', request.provider]
  const option = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') words.push(name, value)
  }
  option('--spack', request.spack)
  option('--sysroot', request.sysroot)
  option('--env', request.environment)
  option('--to', request.to)
  option('--tag', request.tag)
  option('--base-image', request.baseImage)
  option('--targets', request.targets.join(','))
  return words.map(shellQuote).join(' ')
}
