import type { CiJob, CiTarget } from './job.ts'
import { type Steps, stepsOf } from './steps.ts'
import { entries, indent, scalar } from './yaml-text.ts'

export const gitlabPath = '.gitlab-ci.yml'

/** Runners that gitlab.com has, by family; any other is a tag of one's own. */
const runners: Readonly<Record<string, string>> = {
  x86_64: 'saas-linux-medium-amd64',
  aarch64: 'saas-linux-medium-arm64',
}

/** The tag of the runners that a target is built on, and whether gitlab.com has such runners. */
export function gitlabRunner({ family }: CiTarget): { readonly label: string; readonly hosted: boolean } {
  const label = runners[family]
  return label === undefined ? { label: family, hosted: false } : { label, hosted: true }
}

/** CI_REGISTRY_USER is a login for the registry of the project's own GitLab alone: by custom at registry.…, on port 5050 or so. */
export function hasGitlabLogin(registry: string): boolean {
  return /^registry\.|gitlab/.test(registry)
}

/** Debian 12 with Node.js 20, compilers and git: what Spack and Strata need to build. */
const image = 'node:20-bookworm'

/** A GitLab CI configuration; the same job makes the same text. */
export function gitlabPipeline(job: CiJob): string {
  const steps = stepsOf(job)
  const { folder } = job.environment
  const watched = [folder === '.' ? 'spack.*' : `${folder.replace(/^\.\//, '')}/**/*`, gitlabPath]
  const lines = [
    `# Made by: ${job.command.replaceAll('\n', ' ')}`,
    '# Change it as you like: nothing reads it back.',
    `stages: [${steps.combine ? 'packages, combine' : 'packages'}]`,
    'variables:',
    ...indent(variablesOf(job), 2),
    '.spack:',
    `  image: ${image} # the packages need this libc or a younger one where they run`,
    '  rules:',
    '    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
    '      changes:',
    ...indent(
      watched.map((path) => `- ${scalar(path)}`),
      8,
    ),
    '    - if: $CI_PIPELINE_SOURCE == "web" || $CI_PIPELINE_SOURCE == "schedule"',
    '  before_script:',
    ...indent(listed(steps.strata), 4),
    ...packagesJob(job, steps),
    ...(steps.combine ? combineJob(steps.combine) : []),
  ]
  return `${lines.join('\n')}\n`
}

function variablesOf(job: CiJob): string[] {
  const [user, password] = hasGitlabLogin(job.registry)
    ? ['$CI_REGISTRY_USER', '$CI_REGISTRY_PASSWORD']
    : ['$REGISTRY_USERNAME', '$REGISTRY_PASSWORD']
  return [
    ...entries({
      ENVIRONMENT: job.environment.folder,
      CACHE: job.cache,
      IMAGE_TAG: job.tag,
      BASE_IMAGE: job.baseImage,
      SPACK_VERSION: job.spack.ref,
    }),
    '# Strata is in no package registry: it is built from its repository. Set STRATA_REPOSITORY, the address of that, as a',
    '# variable of the project (Settings, CI/CD, Variables), and a tag or branch of it here.',
    'STRATA_VERSION: main',
    '# GitLab fills these in while the job runs.',
    `STRATA_USERNAME: ${user}`,
    `STRATA_PASSWORD: ${password}`,
  ]
}

function packagesJob(job: CiJob, steps: Steps): string[] {
  const { targets } = job
  const [only] = targets
  const matrix = [
    'parallel:',
    '  matrix:',
    ...targets.flatMap((one) => [
      `    - TARGET: ${scalar(one.name)}`,
      `      RUNNER: ${scalar(gitlabRunner(one).label)}`,
    ]),
    'tags: [$RUNNER]',
  ]
  const single = only
    ? ['variables:', `  TARGET: ${scalar(only.name)}`, `tags: [${scalar(gitlabRunner(only).label)}]`]
    : []
  const spack = [
    'apt-get update -qq && apt-get install -qq -y --no-install-recommends file gfortran python3 unzip zstd',
    'git clone --quiet --depth 1 --branch "$SPACK_VERSION" https://github.com/spack/spack.git "$HOME/spack"',
    'export PATH="$HOME/spack/bin:$PATH"',
  ]
  return [
    'packages:',
    ...indent(
      [
        'extends: .spack',
        'stage: packages',
        ...(targets.length > 1 ? matrix : single),
        '# Two pipelines would write the same tags.',
        `resource_group: ${targets.length > 1 ? 'spack-packages-$TARGET' : 'spack-packages'}`,
        'script:',
        ...indent(listed([...spack, ...steps.mirror, ...steps.install, ...steps.push]), 2),
        'after_script:',
        '  # After a failure what was built is pushed, so that it need not be built again.',
        ...indent(listed(['export PATH="$HOME/spack/bin:$PATH"', rescue(steps)]), 2),
      ],
      2,
    ),
  ]
}

function rescue(steps: Steps): string {
  return `if [ "$CI_JOB_STATUS" != success ]; then ${steps.rescue.join(' && ')}; fi`
}

function combineJob(combine: readonly string[]): string[] {
  return [
    '# One tag for all targets: whoever pulls it gets the image of his own machine.',
    'combine:',
    ...indent(['extends: .spack', 'stage: combine', 'script:', ...indent(listed(combine), 2)], 2),
  ]
}

/** A line of shell for each item, in quotes where YAML needs them. */
function listed(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${scalar(line)}`)
}
