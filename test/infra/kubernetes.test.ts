import { describe, expect, test } from '@jest/globals'
import { readModels } from '@perennial/contracts'
import { at, canRun, documentsIn, type Fields, filesLike, infra, type Json, onlyOf, run, serviceNames, textOf } from './read-infra.ts'

const written = filesLike('kubernetes/base/*.yaml').flatMap((file) => documentsIn(textOf(file)))
const ofKind = (documents: readonly Fields[], kind: string) => documents.filter((document) => document.kind === kind)
const nameOf = (document: Fields) => at(document, 'metadata', 'name') as string
const containerOf = (deployment: Fields) => at(deployment, 'spec', 'template', 'spec', 'containers', 0) as Fields

describe('Perennial in Kubernetes, as it is written', () => {
  const deployments = ofKind(written, 'Deployment').filter((deployment) => nameOf(deployment) !== 'every-service')

  test('runs each service of the engine in a Deployment of its name', async () => {
    const names = await serviceNames()
    expect(deployments.map((deployment) => nameOf(deployment)).toSorted()).toEqual(names.map((name) => `perennial-${name}`))
    for (const deployment of deployments) {
      const [only] = onlyOf(containerOf(deployment).args)
      expect(nameOf(deployment)).toBe(`perennial-${only}`)
      expect(at(deployment, 'spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/component')).toBe(only)
    }
  })

  test('says once, for every Deployment, what they have in common', () => {
    const [kustomization] = documentsIn(textOf('kubernetes/base/kustomization.yaml')) as [Fields]
    expect(kustomization.patches).toEqual([{ path: 'every-service.yaml', target: { kind: 'Deployment' } }])
    const [patch] = documentsIn(textOf('kubernetes/base/every-service.yaml')) as [Fields]
    expectHardened(patch)
    // A patch finds the container by its name.
    for (const deployment of deployments) expect(containerOf(deployment).name).toBe(containerOf(patch).name)
  })

  test('empties nodes one process of a service at a time', async () => {
    const budgets = ofKind(written, 'PodDisruptionBudget')
    expect(budgets.map(nameOf).toSorted()).toEqual((await serviceNames()).map((name) => `perennial-${name}`))
    for (const budget of budgets) expect(at(budget, 'spec', 'maxUnavailable')).toBe(1)
  })

  test('adds processes of ingest and of the projectors by what waits, and no more than there are partitions', () => {
    const autoscalers = ofKind(written, 'HorizontalPodAutoscaler')
    const grow = ['ingest', ...Object.keys(readModels)].map((name) => `perennial-${name}`)
    expect(autoscalers.map(nameOf).toSorted()).toEqual(grow.toSorted())
    for (const autoscaler of autoscalers) {
      expect(at(autoscaler, 'spec', 'scaleTargetRef', 'name')).toBe(nameOf(autoscaler))
      expect(at(autoscaler, 'spec', 'maxReplicas')).toBeLessThanOrEqual(64)
      // Whoever has an autoscaler says no number: it would be set back to it with every change.
      const deployment = deployments.find((other) => nameOf(other) === nameOf(autoscaler)) as Fields
      expect(at(deployment, 'spec', 'replicas')).toBeUndefined()
    }
  })

  test('asks the autoscalers nothing that the adapter for Prometheus does not know', () => {
    const [adapter] = documentsIn(textOf('kubernetes/prometheus-adapter.yaml')) as [Fields]
    const known = (list: string) =>
      (at(adapter, 'rules', list) as Fields[]).map(({ seriesQuery }) => /^\w+/.exec(seriesQuery as string)?.[0])
    for (const autoscaler of ofKind(written, 'HorizontalPodAutoscaler')) {
      for (const metric of at(autoscaler, 'spec', 'metrics') as Fields[]) {
        const [list, spec] = metric.type === 'Pods' ? ['custom', metric.pods] : ['external', metric.external]
        expect(known(list as string)).toContain(at(spec as Json, 'metric', 'name'))
      }
    }
  })

  test('lets nobody in and nobody out but by rules', () => {
    const policies = ofKind(written, 'NetworkPolicy')
    const [nobody] = policies.filter((policy) => nameOf(policy) === 'perennial-nobody') as [Fields]
    expect(nobody.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] })
    expect(Object.keys(nobody.spec as Fields)).not.toEqual(expect.arrayContaining(['ingress']))
    expect(Object.keys(nobody.spec as Fields)).not.toEqual(expect.arrayContaining(['egress']))
    const open = policies.flatMap((policy) => [at(policy, 'spec', 'ingress') ?? [], at(policy, 'spec', 'egress') ?? []].flat())
    for (const rule of open) expect(at(rule, 'ports')).not.toEqual(undefined)
  })
})

/** Limits, probes, not root, nothing to write but what is mounted. */
function expectHardened(deployment: Fields): void {
  const pod = at(deployment, 'spec', 'template', 'spec') as Fields
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(15)
  expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false })
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
  expect(at(pod, 'securityContext', 'runAsUser')).toBeGreaterThan(0)
  const container = containerOf(deployment)
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(container).toMatchObject({
    livenessProbe: { httpGet: { path: '/health/live', port: 'http' } },
    readinessProbe: { httpGet: { path: '/health/ready', port: 'http' } },
    startupProbe: { httpGet: { path: '/health/live', port: 'http' } },
  })
  for (const kind of ['requests', 'limits']) {
    expect(Object.keys(at(container, 'resources', kind) as Fields)).toEqual(expect.arrayContaining(['cpu', 'memory']))
  }
  const addresses = (container.env as Fields[]).filter(({ valueFrom }) => at(valueFrom, 'secretKeyRef', 'name') === 'perennial-addresses')
  expect(addresses.map(({ name }) => name)).toEqual(['PERENNIAL_BUS', 'PERENNIAL_EVENT_STORE', 'PERENNIAL_READ_STORE'])
  // Everything that is mounted is there.
  const volumes = (pod.volumes as Fields[]).map(({ name }) => name)
  expect((container.volumeMounts as Fields[]).map(({ name }) => name).toSorted()).toEqual(volumes.toSorted())
}

const possible = canRun('kubectl', ['kustomize', '--help'])
;(possible ? describe : describe.skip)('Perennial in Kubernetes, as kubectl makes it', () => {
  test.each(['base', 'overlays/example'])('every process of %s has limits and probes, and is nobody', async (folder) => {
    const deployments = ofKind(documentsIn(run('kubectl', ['kustomize', `${infra}kubernetes/${folder}`])), 'Deployment')
    expect(deployments).toHaveLength((await serviceNames()).length)
    for (const deployment of deployments) {
      expectHardened(deployment)
      const ports = containerOf(deployment).ports as Fields[]
      expect(ports.map(({ name }) => name)).toEqual(['http'])
      expect(containerOf(deployment).image).toMatch(/perennial:\d+\.\d+\.\d+$/)
    }
  })

  test('no rule asks for labels that others do not have', () => {
    const policies = ofKind(documentsIn(run('kubectl', ['kustomize', `${infra}kubernetes/overlays/example`])), 'NetworkPolicy')
    const others = policies.flatMap((policy) => ['ingress', 'egress'].flatMap((way) => (at(policy, 'spec', way) ?? []) as Fields[]))
    expect(JSON.stringify(others)).not.toContain('app.kubernetes.io/name')
    for (const policy of policies) expect(at(policy, 'spec', 'podSelector', 'matchLabels', 'app.kubernetes.io/name')).toBe('perennial')
  })

  test('the example says for each server where it is', () => {
    const policies = ofKind(documentsIn(run('kubectl', ['kustomize', `${infra}kubernetes/overlays/example`])), 'NetworkPolicy')
    for (const name of ['perennial-kafka', 'perennial-kurrentdb', 'perennial-postgres']) {
      const policy = policies.find((other) => nameOf(other) === name) as Fields
      expect(at(policy, 'spec', 'egress', 0, 'to', 0, 'ipBlock', 'cidr')).toMatch(/^10\./)
    }
  })
})
