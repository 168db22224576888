import { describe, expect, it } from 'vitest'
import { RegistryKind, RegistryPreset } from '../../../main/api/registries.ts'
import { type AnswerHeaders, kindName, kindOfRegistry, registryPresets } from '../../../main/registry/kinds.ts'
import { parseReference } from '../../../main/registry/reference.ts'

const answering = (headers: Readonly<Record<string, string>>): AnswerHeaders => ({ header: (name) => headers[name] })
const challenging = (challenge: string) => answering({ 'www-authenticate': challenge })

describe('the kind of a registry', () => {
  it.each([
    ['ghcr.io', 'ghcr'],
    ['containers.octo.ghe.com', 'ghcr'],
    ['docker.io', 'docker-hub'],
    ['index.docker.io', 'docker-hub'],
    ['registry.gitlab.com', 'gitlab'],
    ['gitlab.example.org:5050', 'gitlab'],
    ['registry-gitlab.example.org', 'gitlab'],
    ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'ecr'],
    ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', 'ecr'],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', 'ecr'],
    ['public.ecr.aws', 'ecr'],
    ['lab.azurecr.io', 'acr'],
    ['lab.azurecr.cn', 'acr'],
    ['eu.gcr.io', 'gar'],
    ['gcr.io', 'gar'],
    ['europe-west3-docker.pkg.dev', 'gar'],
    ['harbor.example.org', 'harbor'],
    ['demo.goharbor.io', 'harbor'],
    ['quay.io', 'quay'],
    ['quay.example.org:8443', 'quay'],
    ['lab.jfrog.io', 'artifactory'],
    ['artifactory.example.org', 'artifactory'],
    ['registry.example.org', 'distribution'],
    ['localhost:5000', 'distribution'],
    // Names that only look alike.
    ['ghcr.io.example.org', 'distribution'],
    ['docker.io.evil.example', 'distribution'],
    ['notgcr.io', 'distribution'],
  ])('%s is %s', (host, kind) => {
    expect(kindOfRegistry(host)).toBe(kind)
  })

  it.each([
    ['harbor', challenging('Bearer realm="https://r.example/service/token",service="harbor-registry"')],
    ['gitlab', challenging('Bearer realm="https://git.example/jwt/auth",service="container_registry"')],
    ['quay', challenging('Bearer realm="https://r.example/v2/auth",service="r.example"')],
    ['ecr', challenging('Basic realm="https://r.example/",service="ecr.amazonaws.com"')],
    ['artifactory', challenging('Basic realm="Artifactory Realm"')],
    ['artifactory', answering({ 'x-jfrog-version': 'Artifactory/7.77.5' })],
    ['distribution', challenging('Basic realm="Registry Realm"')],
    ['distribution', answering({ 'docker-distribution-api-version': 'registry/2.0' })],
  ])('is %s by its first answer, where the name says nothing', (kind, answer) => {
    expect(kindOfRegistry('registry.example.org', answer)).toBe(kind)
  })

  it('is what the name says, whatever the answer', () => {
    expect(kindOfRegistry('ghcr.io', answering({ 'x-jfrog-version': 'Artifactory/7' }))).toBe('ghcr')
  })
})

describe('presets', () => {
  it('are there for every kind, once', () => {
    expect(registryPresets.map(({ kind }) => kind).sort()).toEqual([...RegistryKind.options].sort())
    for (const preset of registryPresets) expect(RegistryPreset.parse(preset)).toEqual(preset)
  })

  it('name a host of their own kind, and a repository that is one there', () => {
    for (const { kind, host, repository, name } of registryPresets) {
      expect(kindOfRegistry(host)).toBe(kind)
      expect(parseReference(`oci://${host}/${repository}`)).toMatchObject({ registry: host })
      expect(kindName(kind)).toBe(name)
    }
  })
})
