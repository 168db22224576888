import { spawnSync } from 'node:child_process'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../../app/cli/program.ts'
import { githubPath, githubWorkflow } from '../../../main/buildcache/ci/github.ts'
import { gitlabPipeline } from '../../../main/buildcache/ci/gitlab.ts'
import type { CiJob } from '../../../main/buildcache/ci/job.ts'
import {
  pipelineProblems,
  pipelineSteps,
  type ScriptedStep,
  strataCalls,
  workflowProblems,
  workflowSteps,
} from '../../support/ci-files.ts'

const targets = [
  { name: 'x86_64_v3', family: 'x86_64' },
  { name: 'aarch64', family: 'aarch64' },
]
const job: CiJob = {
  provider: 'github',
  environment: { name: 'tools', folder: './envs/tools', concretized: true },
  cache: 'oci://ghcr.io/me/cache',
  registry: 'ghcr.io',
  targets: [],
  spack: { ref: 'v1.1.0', loginVariables: true },
  command: 'strata ci github --env ./envs/tools --to oci://ghcr.io/me/cache',
}
const cases: readonly (readonly [string, Partial<CiJob>])[] = [
  ['the least', {}],
  ['an image', { tag: 'tools', baseImage: 'ubuntu:24.04' }],
  ['one target', { tag: 'tools', targets: targets.slice(0, 1) }],
  ['several targets without an image', { targets }],
  ['several targets in one image', { tag: 'tools', baseImage: 'ubuntu:24.04', targets }],
  [
    'Spack 0.22 and another registry',
    { registry: 'quay.io', cache: 'oci://quay.io/me/c', spack: { ref: 'v0.22.5', loginVariables: false } },
  ],
  ['an environment at the top', { environment: { name: 'top', folder: '.', concretized: false } }],
  [
    'names that YAML and shells would misread',
    {
      environment: { name: 'on: # "x"', folder: "./it's: # a $(touch /tmp/x) 'b' \"c\"", concretized: false },
      tag: '0x10',
      baseImage: 'localhost:5000/a@sha256:00',
    },
  ],
]

interface Provider {
  readonly name: string
  write(job: CiJob): string
  problems(text: string): string[]
  steps(text: string): ScriptedStep[]
}
const providers: readonly Provider[] = [
  { name: 'GitHub', write: githubWorkflow, problems: workflowProblems, steps: workflowSteps },
  { name: 'GitLab', write: gitlabPipeline, problems: pipelineProblems, steps: pipelineSteps },
]

/** What our own command line says of arguments; undefined for a command that this version has not. */
function usageProblem(args: readonly string[]): string | undefined {
  const program = buildProgram()
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    command.action(() => undefined)
    for (const one of command.commands) quiet(one)
  }
  for (const one of program.commands) quiet(one)
  try {
    program.parse(['node', 'strata', ...args])
    return undefined
  } catch (error) {
    return String(error)
  }
}

for (const { name, write, problems, steps } of providers) {
  describe(`the recipe for ${name}`, () => {
    describe.each(cases)('with %s', (_, more) => {
      const made = { ...job, ...more }
      const text = write(made)

      it('has the keys that the CI knows, and says the same each time', () => {
        expect(problems(text)).toEqual([])
        expect(write(made)).toBe(text)
      })

      it('runs what a shell can parse', () => {
        const scripts = steps(text)
        expect(scripts.length).toBeGreaterThan(0)
        for (const { script } of scripts) {
          for (const shell of ['bash', 'sh']) {
            const { status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' })
            expect([status, stderr, script]).toEqual([0, '', script])
          }
        }
      })

      it('calls strata as its own command line understands it', () => {
        const calls = steps(text).flatMap(({ script }) => strataCalls(script))
        expect(calls.map(([verb]) => verb)).toEqual(
          made.tag && made.targets.length > 1 ? ['push', 'push', 'combine'] : ['push', 'push'],
        )
        const known = new Set(buildProgram().commands.map((one) => one.name()))
        for (const call of calls.filter(([verb = '']) => known.has(verb))) expect(usageProblem(call)).toBeUndefined()
      })

      it('keeps words of the user in variables, and says them as they are', () => {
        const [first] = steps(text)
        expect(first?.env).toMatchObject({ ENVIRONMENT: made.environment.folder, CACHE: made.cache })
        if (made.tag !== undefined) expect(first?.env.IMAGE_TAG).toBe(made.tag)
        for (const { script } of steps(text)) expect(script).not.toContain('touch')
      })

      it('names a secret of the CI and holds none', () => {
        const password =
          name === 'GitHub'
            ? `\${{ secrets.${made.registry === 'ghcr.io' ? 'GITHUB_TOKEN' : 'REGISTRY_PASSWORD'} }}`
            : '$REGISTRY_PASSWORD'
        const values = steps(text).flatMap(({ env }) => env.STRATA_PASSWORD ?? [])
        expect(new Set(values)).toEqual(new Set([password]))
      })
    })
  })
}

describe('a recipe', () => {
  it('takes the login of the own GitLab for its registry', () => {
    const text = gitlabPipeline({ ...job, registry: 'registry.gitlab.com', cache: 'oci://registry.gitlab.com/me/c' })
    expect(pipelineSteps(text)[0]?.env).toMatchObject({
      STRATA_USERNAME: '$CI_REGISTRY_USER',
      STRATA_PASSWORD: '$CI_REGISTRY_PASSWORD',
    })
  })

  it('asks for packages: write at ghcr.io, and for nothing elsewhere', () => {
    expect(githubWorkflow(job)).toContain('packages: write')
    expect(githubWorkflow({ ...job, registry: 'quay.io' })).not.toContain('packages: write')
  })

  it('shows the login to those steps alone that talk to the registry', () => {
    const withLogin = workflowSteps(githubWorkflow(job)).filter(({ env }) => env.STRATA_PASSWORD !== undefined)
    expect(withLogin.map((one) => one.name.split(/[ :]/)[0])).toEqual(['Tell', 'Install', 'Push', 'After'])
  })

  it('joins the tags of the targets that were pushed', () => {
    const made = { ...job, targets, tag: 'tools' }
    const [push, , combine] = workflowSteps(githubWorkflow(made)).flatMap(({ script }) => strataCalls(script))
    expect(push?.slice(-2)).toEqual(['--tag', '$IMAGE_TAG-$TARGET'])
    expect(combine).toEqual(['combine', '$CACHE', '$IMAGE_TAG-x86_64_v3', '$IMAGE_TAG-aarch64', '--tag', '$IMAGE_TAG'])
  })

  it('has a file of its own for each environment', () => {
    expect(githubPath(job)).toBe('.github/workflows/spack-tools.yml')
    const named = (name: string): CiJob => ({ ...job, environment: { ...job.environment, name } })
    expect(githubPath(named('a/b c'))).toBe('.github/workflows/spack-a-b-c.yml')
    expect(githubPath(named('..'))).toBe('.github/workflows/spack-environment.yml')
  })
})

describe('the check of the files', () => {
  it('knows an option that strata has not', () => {
    expect(usageProblem(['push', '--nothing'])).toMatch(/unknown option/)
  })

  it.each([
    [githubWorkflow(job).replace('runs-on:', 'runs_on:'), workflowProblems],
    [githubWorkflow(job).replace('uses: actions/checkout@v4', 'uses: nothing'), workflowProblems],
    [gitlabPipeline(job).replace('\npackages:\n', '\nimage:\n'), pipelineProblems],
    [gitlabPipeline(job).replace('stage: packages', 'stage: other'), pipelineProblems],
  ])('can fail (%#)', (text, problems) => {
    expect(problems(text)).not.toEqual([])
  })
})
