// Lua 5.4 as Debian packages it. Only CLuaShim includes it: what raises or yields is never called from Swift.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
