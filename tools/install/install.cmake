# What `cmake --install` puts in place. Everything is found from its own place again, so a prefix can be moved:
#   bin/blox                          the command; it carries the element classes
#   include/datablox/core/…           the headers that an author of plug-ins may include, and what those include
#   lib/cmake/datablox                find_package(datablox)
#   lib/pkgconfig/datablox.pc         the same for everybody else
#   share/datablox/cluster.schema.json  for editors: what a cluster.yaml may hold
#   share/datablox/elements.json      what `blox list` and `blox describe` know of each class
#   share/man/man1                    blox.1 and one page a verb
#   share/bash-completion, zsh, fish  completion, where each shell looks for it
# Folders are CMake's usual ones: CMAKE_INSTALL_BINDIR, …_INCLUDEDIR, …_LIBDIR, …_DATADIR, …_MANDIR.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# For authors. What these include comes with them, nothing else does.
set(author_headers
    core/element/element.h core/element/inbox.h core/element/plugin.h core/element/sharder.h
    core/data/base64.h core/data/builder.h core/data/csv.h core/data/datum.h core/data/json.h core/data/utf8.h
    core/base/compression.h core/base/descriptor.h core/base/hash.h
    core/expr/program.h
    core/text/glob.h core/text/path_text.h core/text/pattern.h core/text/words.h)

set(installed_headers)
set(ahead ${author_headers})
while(ahead)
  list(POP_FRONT ahead header)
  if(header IN_LIST installed_headers)
    continue()
  endif()
  list(APPEND installed_headers ${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${header})
  file(STRINGS ${CMAKE_SOURCE_DIR}/${header} lines REGEX "^#include \"")
  foreach(line ${lines})
    string(REGEX REPLACE "^#include \"(.*)\".*" "\\1" included ${line})
    list(APPEND ahead ${included})
  endforeach()
endwhile()
foreach(header ${installed_headers})
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/datablox/${folder})
endforeach()

# A plug-in shares objects with the command, so it is compiled as the command was (core/element/stamp.h).
set(author_options ${sanitize})
if(sanitize OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  list(APPEND author_options -DBLOX_DEBUG)
endif()
list(JOIN author_options " " author_flags)
string(REGEX MATCH "^[0-9]+\\.[0-9]+" compiler_version ${CMAKE_CXX_COMPILER_VERSION})

set(package ${CMAKE_BINARY_DIR}/package)
set(bin ${CMAKE_INSTALL_BINDIR})
set(include ${CMAKE_INSTALL_INCLUDEDIR}/datablox)
configure_package_config_file(tools/install/datablox-config.cmake.in ${package}/datablox-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/datablox PATH_VARS bin include
                              NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${package}/datablox-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${package}/datablox-config.cmake ${package}/datablox-config-version.cmake
              tools/install/datablox-plugin.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/datablox)

# From the folder of datablox.pc up to the prefix, unless either was asked for somewhere else altogether.
set(up)
set(folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${folder} OR IS_ABSOLUTE ${bin} OR IS_ABSOLUTE ${include})
  set(up ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH up /${folder} /)
  string(REGEX REPLACE "/$" "" up "\${pcfiledir}/${up}")
endif()
foreach(place bin include)
  set(pc_${place} ${${place}})
  if(NOT IS_ABSOLUTE ${pc_${place}})
    set(pc_${place} "\${prefix}/${pc_${place}}")
  endif()
endforeach()
configure_file(tools/install/datablox.pc.in ${package}/datablox.pc @ONLY)
install(FILES ${package}/datablox.pc DESTINATION ${folder})

install(TARGETS blox RUNTIME)

# What the command says of itself.
set(pages ${CMAKE_BINARY_DIR}/pages)
add_custom_command(OUTPUT ${pages}/blox.fish DEPENDS blox tools/install/pages.sh VERBATIM
                   COMMENT "Writing manual pages, completion and the classes as data"
                   COMMAND ${CMAKE_SOURCE_DIR}/tools/install/pages.sh $<TARGET_FILE:blox> ${pages})
add_custom_target(pages ALL DEPENDS ${pages}/blox.fish)
set(data ${CMAKE_INSTALL_DATADIR})
install(FILES ${pages}/elements.json ${CMAKE_SOURCE_DIR}/tools/install/cluster.schema.json DESTINATION ${data}/datablox)
install(DIRECTORY ${pages}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${pages}/blox.bash DESTINATION ${data}/bash-completion/completions RENAME blox)
install(FILES ${pages}/blox.zsh DESTINATION ${data}/zsh/site-functions RENAME _blox)
install(FILES ${pages}/blox.fish DESTINATION ${data}/fish/vendor_completions.d)
