export { empty, filled, givenServers, guardedServer, meddle } from './given-databases.js';
