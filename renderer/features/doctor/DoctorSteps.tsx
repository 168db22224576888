import {
  type Icon,
  IconAlertCircle,
  IconAlertTriangle,
  IconCheck,
  IconChevronRight,
  IconMinus,
  IconPoint,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { formatCount } from '../../../main/api/format.ts'
import type { DoctorStep } from '../../../main/api/registries.ts'
import { Command } from '../../ui/Command.tsx'
import { ErrorDetails } from '../../ui/ErrorPanel.tsx'
import { ExternalLink } from '../../ui/ExternalLink.tsx'
import css from './doctor.module.css'
import { fixLine, nextStep, stepNames } from './steps.ts'

type State = DoctorStep['state'] | 'running'

const marks: Readonly<Record<State, { readonly icon: Icon; readonly word: string }>> = {
  ok: { icon: IconCheck, word: 'good' },
  warning: { icon: IconAlertTriangle, word: 'warning' },
  failed: { icon: IconAlertCircle, word: 'failed' },
  skipped: { icon: IconMinus, word: 'skipped' },
  running: { icon: IconPoint, word: 'being tried' },
}

/** Every step that was tried, what was found and how long it took; while `running`, what is being tried at its end. */
export function DoctorSteps({
  steps,
  running = false,
}: {
  readonly steps: readonly DoctorStep[]
  readonly running?: boolean
}) {
  const next = running ? nextStep(steps) : undefined
  return (
    <ol className={css.steps} aria-label="Steps">
      {steps.map((step) => (
        <Step key={step.key} step={step} />
      ))}
      {next !== undefined && (
        <li className={css.step} data-state="running">
          <Line state="running" name={stepNames[next]} found="Trying…" />
        </li>
      )}
    </ol>
  )
}

function Step({ step }: { step: DoctorStep }) {
  const { state, key, found, milliseconds, cause, fix, error } = step
  const time = state === 'skipped' ? undefined : formatMilliseconds(milliseconds)
  const line = (more: boolean) => <Line state={state} name={stepNames[key]} found={found} time={time} more={more} />
  return (
    <li className={css.step} data-state={state}>
      {cause === undefined && fix.length === 0 && error === undefined ? (
        line(false)
      ) : (
        <details open={state === 'failed'}>
          <summary>{line(true)}</summary>
          <div className={css.more}>
            {cause !== undefined && <p className={css.cause}>{cause}</p>}
            <Fix lines={fix} />
            {error && <ErrorDetails error={error} />}
          </div>
        </details>
      )}
    </li>
  )
}

interface LineProps {
  readonly state: State
  readonly name: string
  readonly found: string
  readonly time?: string
  readonly more?: boolean
}

function Line({ state, name, found, time, more = false }: LineProps): ReactNode {
  const { icon: Mark, word } = marks[state]
  return (
    <span className={css.line}>
      <Mark size={16} className={css.mark} role="img" aria-label={word} />
      <span className={css.name}>{name}</span>
      <span className={css.found}>{found}</span>
      <span className={css.time}>{time}</span>
      {more && <IconChevronRight size={14} className={css.turn} aria-hidden />}
    </span>
  )
}

function Fix({ lines }: { lines: readonly string[] }) {
  if (lines.length === 0) return undefined
  return (
    <ul className={css.fix} aria-label="What to do">
      {lines.map((line) => {
        const { kind, text } = fixLine(line)
        return <li key={line}>{kind === 'command' ? <Command value={text} /> : <Linked text={text} />}</li>
      })}
    </ul>
  )
}

/** A line in which addresses can be opened. */
function Linked({ text }: { text: string }) {
  return text
    .split(/(https:\/\/[^\s,)]*[^\s,).])/)
    .map((part) => (part.startsWith('https://') ? <ExternalLink key={part} address={part} /> : part))
}

function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 1 ? '< 1 ms' : `${formatCount(Math.round(milliseconds))} ms`
}
