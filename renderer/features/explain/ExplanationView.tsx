import { useEffect, useMemo, useRef, useState } from 'react'
import type { ExplainedState, Explanation } from '../../../main/api/explain.ts'
import { countFound, formatCount, plural } from '../../../main/api/format.ts'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { Command } from '../../ui/Command.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { CommonCauses } from './CommonCauses.tsx'
import css from './explain.module.css'
import { PackageList } from './PackageList.tsx'
import { chosenPackages, presentStates, states } from './words.ts'

// Fewer are seen at a glance.
const searchedFrom = 10

/** Sums by state, what holds for the whole cache, causes in common, then each package; the command at the foot. */
export function ExplanationView({
  environment,
  explanation,
}: {
  readonly environment: EnvironmentRef
  readonly explanation: Explanation
}) {
  const { repository, packages, findings, explained, common, command } = explanation
  const [state, setState] = useState<ExplainedState>()
  const [query, setQuery] = useState('')
  const section = useRef<HTMLElement>(null)
  useEffect(() => {
    // Newer browsers answer with a promise, which is no clean-up.
    void section.current?.scrollIntoView({ block: 'end' })
  }, [])
  const chosen = useMemo(() => chosenPackages(explained, { state, query }), [explained, state, query])
  return (
    <section ref={section} className={css.answer} aria-label="Explanation">
      <header className={css.head}>
        <h2 title={repository}>{repository}</h2>
        <span>{plural(packages, 'package')} in the cache</span>
      </header>
      <div className={css.tools}>
        <Sums sums={explanation.sums} state={state} onState={setState} />
        {explained.length > searchedFrom && <SearchField label="Filter packages" value={query} onChange={setQuery} />}
      </div>
      <PackageList packages={chosen} environment={environment} repository={repository}>
        <FindingList findings={findings} />
        <CommonCauses common={common} of={explained.length} />
        <h3 className={css.listTitle}>{countFound(chosen.length, explained.length, 'package')}</h3>
      </PackageList>
      <Command value={command} />
    </section>
  )
}

/** How many packages are in which state; pressing one leaves only these in the list. */
function Sums(props: {
  sums: Explanation['sums']
  state: ExplainedState | undefined
  onState: (state: ExplainedState | undefined) => void
}) {
  return (
    <ul className={css.sums} aria-label="Packages by state">
      {presentStates(props.sums).map((one) => {
        const { icon: Icon, sum, hue } = states[one]
        const pressed = one === props.state
        return (
          <li key={one}>
            <button
              type="button"
              className={css.sum}
              data-hue={hue}
              aria-pressed={pressed}
              onClick={() => props.onState(pressed ? undefined : one)}
            >
              <Icon size={15} aria-hidden />
              {formatCount(props.sums[one])} {sum}
            </button>
          </li>
        )
      })}
    </ul>
  )
}
