/**
 * The imports of ABI v1. A function that is declared here and never called becomes no import. The file's name is the
 * name of the module that they are imported from.
 */
export declare function log(level: i32, at: usize, length: i32): void;
export declare function get_config(at: usize, length: i32): i64;
export declare function db_read(at: usize, length: i32): i64;
export declare function db_write(at: usize, length: i32): i64;
export declare function event_publish(at: usize, length: i32): i64;
export declare function event_subscribe(at: usize, length: i32): i64;
export declare function http_request(at: usize, length: i32): i64;
