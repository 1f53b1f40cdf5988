/** php-fpm and a Messenger worker in one container, as its first process. */
import { php } from "../../scripts/systems/php.ts";
import { stage } from "./stage.ts";

stage(php, { backWithinMs: 500 });
