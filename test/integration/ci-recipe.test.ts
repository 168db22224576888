import { execFile, spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CiRecipe } from '../../main/api/ci.ts'
import { pipelineSteps, type ScriptedStep, workflowSteps } from '../support/ci-files.ts'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { labEnvironment } from '../support/push/lab.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { sampleEnvironment, sampleSpack, unpackSample } from '../support/sample.ts'

const run = promisify(execFile)
const missing = await missingDockerRegistry()

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

/** A git repository with the lab's environment in it. */
async function repositoryWith(folder: string): Promise<{ readonly root: string; readonly environment: string }> {
  const root = join(folder, 'project')
  const environment = join(root, 'envs', 'tools')
  await mkdir(environment, { recursive: true })
  await run('git', ['init', '--quiet', root])
  for (const [name, file] of Object.entries(labEnvironment)) await cp(file, join(environment, name))
  return { root, environment }
}

describe('strata ci', () => {
  const ci = async (args: readonly string[], home: string): Promise<CliResult> =>
    cli.run(['ci', ...args, '--to', 'oci://ghcr.io/me/cache'], { home })

  it('prints the file alone, and where it belongs beside it', async () => {
    const home = await cli.folder()
    const { environment } = await repositoryWith(home)
    const { code, stdout, stderr } = await ci(['github', '--env', environment], home)
    expect(code).toBe(0)
    expect(workflowSteps(stdout)[0]?.env).toMatchObject({ ENVIRONMENT: './envs/tools' })
    expect(stderr).toContain('.github/workflows/spack-tools.yml')
  })

  it('writes it, leaves what is the same, and writes over another only when told to', async () => {
    const home = await cli.folder()
    const { root, environment } = await repositoryWith(home)
    const file = join(root, '.gitlab-ci.yml')
    const write = (...more: readonly string[]) => ci(['gitlab', '--env', environment, '--write', ...more], home)
    expect((await write()).stdout).toContain(`written ${file}`)
    const text = await readFile(file, 'utf8')
    expect((await write()).stdout).toContain(`unchanged ${file}`)

    await writeFile(file, text.replace('STRATA_VERSION: main', 'STRATA_VERSION: v2'))
    const refused = await write()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/-.*STRATA_VERSION: v2\n\+.*STRATA_VERSION: main/)
    expect(refused.stderr).toContain('file-exists')
    expect(await readFile(file, 'utf8')).toContain('STRATA_VERSION: v2')
    expect((await write('--force')).stdout).toContain(`changed ${file}`)
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it.each([
    [['github', '--env', 'ENV', '--targets', 'x86_64_v3,zen4', '--tag', 'x'], 2, /both linux\/amd64/],
    [['github', '--env', 'ENV', '--tag', 'x.spack'], 2, /for packages alone/],
    [['github', '--env', '/nowhere'], 1, /no environment/],
    [['github'], 2, /which environment is missing/],
    [['jenkins'], 2, /jenkins/],
  ])('refuses %j', async (args, code, words) => {
    const home = await cli.folder()
    const { environment } = await repositoryWith(home)
    const result = await ci(
      args.map((word) => (word === 'ENV' ? environment : word)),
      home,
    )
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(words)])
  })

  it('refuses to write where there is no repository, and a cache that no CI reaches', async () => {
    const home = await cli.folder()
    await cp(labEnvironment['spack.yaml'], join(home, 'spack.yaml'))
    expect((await ci(['github', '--env', home, '--write'], home)).stderr).toContain('lies in no git repository')
    const layout = await cli.run(['ci', 'github', '--env', home, '--to', 'oci-layout:///tmp/x'], { home })
    expect([layout.code, layout.stderr]).toEqual([2, expect.stringContaining('a CI cannot reach')])
  })
})

describe.skipIf(missing !== undefined)(`a recipe's own commands${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const login = { username: 'ci-user', password: 'ci-secret-token' }
  let registry: DockerRegistry
  beforeAll(async () => {
    registry = await startDockerRegistry({ login })
  })
  afterAll(() => registry.close())

  it.each([
    ['github', workflowSteps, ['Push'], { STRATA_USERNAME: login.username, STRATA_PASSWORD: login.password }],
    ['gitlab', pipelineSteps, ['script'], { CI_REGISTRY_USER: login.username, CI_REGISTRY_PASSWORD: login.password }],
  ] as const)('push packages and tag an image (%s)', async (provider, stepsOf, names, given) => {
    const folder = await cli.folder()
    const { environment } = await repositoryWith(folder)
    const cache = `oci+http://${registry.host}/me/${provider}`
    const to = provider === 'gitlab' ? cache.replace(/^oci\+http:..[^/]+/, 'oci://registry.gitlab.com') : cache
    const words = ['ci', provider, '--env', environment, '--to', to, '--tag', 'tools', '--json']
    const recipe = JSON.parse((await cli.run(words, { home: folder })).stdout) as CiRecipe
    const text = recipe.files[0]?.text ?? ''
    const step = stepsOf(text).find(({ name, job }) => job === 'packages' && names.some((one) => one === name))
    const line = pushLine(step)

    await installStrata(folder)
    const variables = expanded(step?.env ?? {}, given)
    const env = { ...variables, ENVIRONMENT: sampleEnvironment, CACHE: cache, HOME: folder, PATH: process.env.PATH }
    const pushed = spawnSync('bash', ['-eo', 'pipefail', '-c', line], { cwd: folder, env, encoding: 'utf8' })
    expect([pushed.status, pushed.status === 0 ? '' : pushed.stderr]).toEqual([0, ''])
    expect(pushed.stdout + pushed.stderr).not.toContain(login.password)

    const listed = await cli.run(['list', cache, '--json'], {
      home: folder,
      env: { STRATA_USERNAME: login.username, STRATA_PASSWORD: login.password },
    })
    const { rows } = JSON.parse(listed.stdout) as { rows: { tag: string; kind: string }[] }
    expect(rows.filter((row) => row.kind === 'package').length).toBeGreaterThan(0)
    expect(rows.map((row) => row.tag)).toEqual(expect.arrayContaining(['tools', 'index.spack']))
  })
})

/** The line of a step that pushes: what comes before it wants a Spack that builds. */
function pushLine(step: ScriptedStep | undefined): string {
  return (step?.script ?? '').split('\n').find((line) => line.includes('strata.js" push')) ?? 'false'
}

/** Variables as the CI fills them in: GitHub its expressions, GitLab its own variables. */
function expanded(
  env: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const filled = Object.entries(env).map(([key, value]) => {
    const variable = /^\$(\w+)$/.exec(value)?.[1]
    return [
      key,
      value.startsWith('${{') ? (given[key] ?? '') : variable === undefined ? value : (given[variable] ?? ''),
    ]
  })
  return Object.fromEntries(filled)
}

/** Strata where a recipe builds it. The sample's Spack lies below a sysroot, of which a recipe knows nothing. */
async function installStrata(home: string): Promise<void> {
  const sysroot = join(home, 'sample')
  await mkdir(join(home, 'strata', 'dist'), { recursive: true })
  await unpackSample(sysroot)
  const words = JSON.stringify(['--spack', sampleSpack, '--sysroot', sysroot])
  await writeFile(
    join(home, 'strata', 'dist', 'strata.js'),
    `import { spawnSync } from 'node:child_process'
const args = [${JSON.stringify(cli.file)}, ...process.argv.slice(2), ...${words}]
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status)
`,
  )
}
