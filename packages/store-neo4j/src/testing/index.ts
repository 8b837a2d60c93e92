export { empty, givenServers, guardedServer } from './given-databases.js';
