/** How ORC itself does. */
import { METRICS, PROCESS_METRICS } from '../../../core/metric-names.js';
import { highestBy, OF_DEPLOYMENT, rate, select } from '../promql.js';

const BY_SOURCE = ['deployment', 'source'] as const;
type Metric = Parameters<typeof select>[0];

const bySource = (metric: Metric): string => highestBy(BY_SOURCE, select(metric, OF_DEPLOYMENT));
const rateBySource = (metric: Metric): string =>
  `sum by (${BY_SOURCE.join(', ')}) (${rate(select(metric, OF_DEPLOYMENT))})`;
const rateByDeployment = (metric: Metric): string =>
  `sum by (deployment) (${rate(select(metric, OF_DEPLOYMENT))})`;

/** Seconds since the scores were refreshed. */
export const scoresAge = `time() - ${highestBy(['deployment'], select(METRICS.scoreTimestamp, OF_DEPLOYMENT))}`;
export const oldestScores = `max(${scoresAge})`;

export const sinceCollected = `time() - ${bySource(METRICS.collectorLastSuccess)}`;
export const longestSinceCollected = `max(${sinceCollected})`;
/** Seconds that what is known lies behind. */
export const collectionLag = `time() - ${bySource(METRICS.collectorKnownUntil)}`;
export const clockSkew = bySource(METRICS.collectorClockSkew);
export const passSeconds = bySource(METRICS.collectorPassDuration);
export const rowRate = rateBySource(METRICS.collectorRows);
export const errorRate = rateBySource(METRICS.collectorErrors);
export const recentErrors = `sum(increase(${select(METRICS.collectorErrors, OF_DEPLOYMENT)}[1h]))`;

export const packetRate = rateByDeployment(METRICS.statsdPackets);
export const sampleRate = rateByDeployment(METRICS.statsdSamples);
export const parseErrorRate = rateByDeployment(METRICS.statsdParseErrors);
export const dropRate = rateByDeployment(METRICS.statsdDropped);

export const storedRate = `sum(${rate(METRICS.scoresStored.name)})`;
export const scoreDropRate = `sum(${rate(METRICS.scoresDropped.name)})`;
export const dagsWithoutSeries = highestBy(['deployment'], select(METRICS.dagsWithoutSeries, OF_DEPLOYMENT));
/** Of a day. */
export const dagsForgotten = `sum(increase(${METRICS.dagsForgotten.name}[1d]))`;
export const recentlyLost = `sum(increase(${METRICS.scoresDropped.name}[1h]))`;

/** Of an hour, since messages are few. */
export const messages = `sum by (channel, outcome) (increase(${METRICS.notifications.name}[1h]))`;
export const failedMessages = `sum(increase(${METRICS.notifications.name}{outcome="failed"}[1h]))`;
/** Of a day. */
export const notUseful = `sum(increase(${METRICS.incidentFeedback.name}{verdict="not_useful"}[1d]))`;

/** Every exporter tells of its process; ORC's are those that also count stored scores. */
const ofOrc = (vector: string): string => `${vector} and on (job, instance) ${METRICS.scoresStored.name}`;
export const processes = `count(${ofOrc(PROCESS_METRICS.startTime)})`;
export const memory = ofOrc(PROCESS_METRICS.residentMemory);
export const heap = ofOrc(PROCESS_METRICS.heapUsed);
export const cpu = ofOrc(rate(PROCESS_METRICS.cpu));
export const eventLoopLag = ofOrc(PROCESS_METRICS.eventLoopLagP99);
export const uptime = `time() - ${ofOrc(PROCESS_METRICS.startTime)}`;
export const startedAt = ofOrc(PROCESS_METRICS.startTime);
