import { parse } from 'yaml'

/** A step of a CI file that runs something, whichever CI it is for. */
export interface ScriptedStep {
  readonly job: string
  /** GitHub's name of the step; GitLab's `script`, `before_script` or `after_script`. */
  readonly name: string
  /** As the CI hands it to a shell. */
  readonly script: string
  /** Variables of the step and of what it stands in; the CI's own expressions as they are written. */
  readonly env: Readonly<Record<string, string>>
}

type Mapping = Readonly<Record<string, unknown>>

const mapping = (value: unknown): Mapping => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`no mapping: ${String(value)}`)
  return value as Mapping
}
const strings = (value: unknown): Record<string, string> =>
  value === undefined ? {} : Object.fromEntries(Object.entries(mapping(value)).map(([key, one]) => [key, String(one)]))

/**
 * What is wrong with a workflow by the keys that GitHub documents ("Workflow syntax for GitHub Actions"), as far as a recipe
 * uses them: unknown keys, missing ones, steps that both run and use something.
 */
export function workflowProblems(text: string): string[] {
  const file = mapping(parse(text))
  const known = ['name', 'on', 'permissions', 'concurrency', 'env', 'jobs']
  const problems = unknown('workflow', file, known)
  for (const key of ['on', 'jobs']) if (file[key] === undefined) problems.push(`workflow: no ${key}`)
  for (const [id, value] of Object.entries(mapping(file.jobs))) {
    const job = mapping(value)
    problems.push(...unknown(id, job, ['strategy', 'runs-on', 'needs', 'env', 'steps']))
    if (!/^[A-Za-z_][\w-]*$/.test(id) || job['runs-on'] === undefined) problems.push(`${id}: no runner, or no good id`)
    if (job.needs !== undefined && mapping(file.jobs)[String(job.needs)] === undefined)
      problems.push(`${id}: needs nobody`)
    if (!Array.isArray(job.steps) || job.steps.length === 0) problems.push(`${id}: no steps`)
    for (const one of Array.isArray(job.steps) ? job.steps : []) {
      const step = mapping(one)
      problems.push(...unknown(`${id}: ${String(step.name)}`, step, ['name', 'if', 'env', 'run', 'uses', 'with']))
      if ((step.run === undefined) === (step.uses === undefined))
        problems.push(`${id}: ${String(step.name)} does not do one thing`)
      if (step.uses !== undefined && !/^[\w-]+\/[\w-]+@v\d+$/.test(String(step.uses)))
        problems.push(`${id}: ${String(step.uses)}`)
    }
  }
  return problems
}

/** Words at the top of a GitLab file that are no jobs ("CI/CD YAML syntax reference"), reserved ones of old included. */
const gitlabGlobals = ['default', 'include', 'stages', 'variables', 'workflow', 'spec']
const gitlabReserved = [
  'image',
  'services',
  'before_script',
  'after_script',
  'cache',
  'types',
  'pages',
  'true',
  'false',
  'nil',
]

/** The same for a GitLab CI file. */
export function pipelineProblems(text: string): string[] {
  const file = mapping(parse(text))
  const stages = Array.isArray(file.stages) ? file.stages : []
  const problems: string[] = []
  for (const [id, value] of Object.entries(file)) {
    if (gitlabGlobals.includes(id)) continue
    if (gitlabReserved.includes(id)) problems.push(`${id}: a reserved word`)
    const job = mapping(value)
    const keys = ['extends', 'stage', 'image', 'rules', 'parallel', 'tags', 'variables', 'resource_group']
    problems.push(...unknown(id, job, [...keys, 'before_script', 'script', 'after_script']))
    for (const key of ['before_script', 'script', 'after_script']) {
      const lines = job[key]
      if (lines !== undefined && !(Array.isArray(lines) && lines.every((line) => typeof line === 'string')))
        problems.push(`${id}: ${key} is no list of lines`)
    }
    if (id.startsWith('.')) continue
    if (job.script === undefined || !stages.includes(job.stage)) problems.push(`${id}: no script, or no stage`)
    if (job.extends !== undefined && file[String(job.extends)] === undefined) problems.push(`${id}: extends nothing`)
  }
  return problems
}

function unknown(where: string, value: Mapping, known: readonly string[]): string[] {
  return Object.keys(value).flatMap((key) => (known.includes(key) ? [] : [`${where}: unknown key ${key}`]))
}

export function workflowSteps(text: string): ScriptedStep[] {
  const file = mapping(parse(text))
  return Object.entries(mapping(file.jobs)).flatMap(([job, value]) => {
    const { env, steps } = mapping(value)
    return (steps as readonly Mapping[]).flatMap((step): ScriptedStep[] =>
      step.run === undefined
        ? []
        : [
            {
              job,
              name: String(step.name),
              script: String(step.run),
              env: { ...strings(file.env), ...strings(env), ...strings(step.env) },
            },
          ],
    )
  })
}

export function pipelineSteps(text: string): ScriptedStep[] {
  const file = mapping(parse(text))
  return Object.entries(file).flatMap(([job, value]) => {
    if (gitlabGlobals.includes(job)) return []
    const one = mapping(value)
    return ['before_script', 'script', 'after_script'].flatMap((name): ScriptedStep[] => {
      const lines = one[name]
      const env = { ...strings(file.variables), ...strings(one.variables) }
      return Array.isArray(lines) ? [{ job, name, script: lines.join('\n'), env }] : []
    })
  })
}

/** The lines in which Strata is called, as the arguments that a shell would hand over; variables as they are written. */
export function strataCalls(script: string): string[][] {
  return [...script.matchAll(/node "\$HOME\/strata\/dist\/strata\.js" ([^\n;&]+)/g)].map(([, words = '']) =>
    [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''),
  )
}
