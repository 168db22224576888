import type { CiJob, CiTarget } from './job.ts'
import { type Steps, stepsOf } from './steps.ts'
import { entries, indent, scalar } from './yaml-text.ts'

/** Runners that GitHub has, by family; any other is a label of one's own. */
const runners: Readonly<Record<string, string>> = { x86_64: 'ubuntu-24.04', aarch64: 'ubuntu-24.04-arm' }

/** The label of the machines that a target is built on, and whether GitHub has such machines. */
export function githubRunner({ family }: CiTarget): { readonly label: string; readonly hosted: boolean } {
  const label = runners[family]
  return label === undefined ? { label: family, hosted: false } : { label, hosted: true }
}

/** GITHUB_TOKEN is a login for ghcr.io alone. */
export function hasGithubToken(registry: string): boolean {
  return registry === 'ghcr.io'
}

export function githubPath({ environment }: CiJob): string {
  const name = environment.name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+/, '')
  return `.github/workflows/spack-${name === '' ? 'environment' : name}.yml`
}

/** A GitHub Actions workflow; the same job makes the same text. */
export function githubWorkflow(job: CiJob): string {
  const steps = stepsOf(job)
  const { folder } = job.environment
  const watched = [folder === '.' ? 'spack.*' : `${folder.replace(/^\.\//, '')}/**`, githubPath(job)]
  const lines = [
    `# Made by: ${job.command.replaceAll('\n', ' ')}`,
    '# Change it as you like: nothing reads it back.',
    'name: Spack packages',
    'on:',
    '  push:',
    '    branches: [main] # the branch whose packages everybody may use',
    '    paths:',
    ...indent(
      watched.map((path) => `- ${scalar(path)}`),
      6,
    ),
    '  workflow_dispatch:',
    'permissions:',
    '  contents: read',
    ...(hasGithubToken(job.registry) ? ['  packages: write # lets GITHUB_TOKEN push to ghcr.io'] : []),
    '# A newer push waits for the one before: both write the same tags.',
    'concurrency: spack-packages',
    'env:',
    ...indent(environmentOf(job), 2),
    'jobs:',
    ...indent(packagesJob(job, steps), 2),
    ...(steps.combine ? indent(combineJob(job, steps.combine, steps), 2) : []),
  ]
  return `${lines.join('\n')}\n`
}

function environmentOf(job: CiJob): string[] {
  return [
    ...entries({
      ENVIRONMENT: job.environment.folder,
      CACHE: job.cache,
      IMAGE_TAG: job.tag,
      BASE_IMAGE: job.baseImage,
    }),
    "# Strata is in no package registry: it is built from its repository. Set the repository's address as a variable",
    '# (Settings, Secrets and variables, Actions, Variables), and a tag or branch of it here.',
    `STRATA_REPOSITORY: ${expression('vars.STRATA_REPOSITORY')}`,
    'STRATA_VERSION: main',
  ]
}

function packagesJob(job: CiJob, steps: Steps): string[] {
  const { targets } = job
  const [only] = targets
  const matrix = [
    'strategy:',
    '  fail-fast: false # what one target has built is pushed whatever becomes of another',
    '  matrix:',
    '    include:',
    ...targets.flatMap((one) => [
      `      - target: ${scalar(one.name)}`,
      `        runner: ${scalar(githubRunner(one).label)}`,
    ]),
  ]
  const runner = only ? githubRunner(only).label : 'ubuntu-24.04'
  return [
    'packages:',
    ...indent(
      [
        ...(targets.length > 1 ? matrix : []),
        `runs-on: ${targets.length > 1 ? expression('matrix.runner') : scalar(runner)}`,
        ...(only ? ['env:', `  TARGET: ${targets.length > 1 ? expression('matrix.target') : scalar(only.name)}`] : []),
        'steps:',
        ...step('Check out', ['uses: actions/checkout@v4']),
        ...step('Set up Spack', [
          'uses: spack/setup-spack@v2',
          'with:',
          `  ref: ${scalar(job.spack.ref)}`,
          "  buildcache: false # this project's cache alone; true adds the one that Spack's actions share",
        ]),
        ...strataSteps(steps),
        ...step('Tell Spack of the cache', [...login(job), ...script(steps.mirror)]),
        ...step('Install: from the cache what is there, the rest is built', [...login(job), ...script(steps.install)]),
        ...step('Push', [...login(job), ...script(steps.push)]),
        ...step('After a failure push what was built, so that it need not be built again', [
          'if: failure()',
          ...login(job),
          ...script(steps.rescue),
        ]),
      ],
      2,
    ),
  ]
}

function combineJob(job: CiJob, combine: readonly string[], steps: Steps): string[] {
  return [
    '# One tag for all targets: whoever pulls it gets the image of his own machine.',
    'combine:',
    ...indent(
      [
        'needs: packages',
        'runs-on: ubuntu-24.04',
        'steps:',
        ...strataSteps(steps),
        ...step('Join the images', [...login(job), ...script(combine)]),
      ],
      2,
    ),
  ]
}

function strataSteps({ strata }: Steps): string[] {
  return [
    ...step('Set up Node.js', ['uses: actions/setup-node@v4', 'with:', '  node-version: 20']),
    ...step('Build Strata', script(strata)),
  ]
}

/** Only the steps that talk to the registry see the login. */
function login({ registry }: CiJob): string[] {
  const [user, password] = hasGithubToken(registry)
    ? ['github.actor', 'secrets.GITHUB_TOKEN']
    : ['secrets.REGISTRY_USERNAME', 'secrets.REGISTRY_PASSWORD']
  return ['env:', `  STRATA_USERNAME: ${expression(user)}`, `  STRATA_PASSWORD: ${expression(password)}`]
}

/** What GitHub puts in while the job runs. */
function expression(of: string): string {
  return `\${{ ${of} }}`
}

function script(lines: readonly string[]): string[] {
  return ['run: |', ...indent(lines, 2)]
}

function step(name: string, body: readonly string[]): string[] {
  return [`  - name: ${scalar(name)}`, ...indent(body, 4)]
}
