# datablox_add_plugin(NAME SOURCE…): the plug-in NAME.so, for `plugin "NAME.so";`. It takes what it needs of Datablox
# from the program that loads it; libraries of your own are linked to the target NAME_plugin.
function(datablox_add_plugin name)
  add_library(${name}_plugin MODULE ${ARGN})
  target_link_libraries(${name}_plugin PRIVATE datablox::plugin)
  set_target_properties(${name}_plugin PROPERTIES PREFIX "" OUTPUT_NAME ${name} SUFFIX ".so")
endfunction()

# datablox_add_test(NAME FILE.bloxtest…): runs text tests; they find the plug-in NAME, or those of this folder, by name.
function(datablox_add_test name)
  set(folder ${CMAKE_CURRENT_BINARY_DIR})
  if(TARGET ${name}_plugin)
    set(folder $<TARGET_FILE_DIR:${name}_plugin>)
  endif()
  add_test(NAME ${name} COMMAND $<TARGET_FILE:datablox::blox> test ${ARGN}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "BLOX_PATH=${folder}")
endfunction()
