import { readdirSync, readFileSync } from 'node:fs'

/** What a server's processes have used so far, all of them together. */
export interface ProcessUsage {
  cpuSeconds: number
  /** Memory, shared pages counted once; undefined where the system does not tell. */
  megabytes: number
}

const ticksPerSecond = 100

/** Pids of a process and of all that descend from it. Only Linux tells; empty elsewhere. */
export function familyOf(root: number): number[] {
  const parents = new Map<number, number>()
  for (const pid of pids()) {
    const parent = statOf(pid)?.parent
    if (parent !== undefined) parents.set(pid, parent)
  }
  const family = [root]
  for (const member of family) for (const [pid, parent] of parents) if (parent === member) family.push(pid)
  return family.filter((pid) => statOf(pid) !== undefined)
}

/** @returns undefined where the system does not tell, or the process has ended */
export function usageOf(root: number): ProcessUsage | undefined {
  const family = familyOf(root)
  if (family.length === 0) return undefined
  let ticks = 0
  let kilobytes = 0
  for (const pid of family) {
    ticks += statOf(pid)?.ticks ?? 0
    kilobytes += proportionalKilobytes(pid)
  }
  return { cpuSeconds: ticks / ticksPerSecond, megabytes: Math.round(kilobytes / 1024) }
}

/** A child of a process, by what it is called. */
export function childCalled(name: string, parent: number): number | undefined {
  return pids().find((pid) => {
    const stat = statOf(pid)
    return stat?.name === name && stat.parent === parent
  })
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

/** Own time, and that of children who have ended. */
function statOf(pid: number): { name: string; parent: number; ticks: number } | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  const end = text.lastIndexOf(')')
  if (end === -1) return undefined
  const fields = text.slice(end + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  return { name: text.slice(text.indexOf('(') + 1, end), parent: Number(fields[1]), ticks }
}

function proportionalKilobytes(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readProc(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
