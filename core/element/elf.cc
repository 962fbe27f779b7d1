#include "core/element/elf.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <vector>

namespace blox {
namespace {

constexpr uint64_t kMostNames = 1 << 20;  // bytes of the names of all sections
constexpr uint16_t kMostSections = 10'000;
#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#else
#error "say here which ELF machine this is"
#endif

Status invalid(std::string_view what) {
  return Status::user("elf.invalid", fmt::format("is no shared object: {}", what));
}

bool inside(const ByteSource& file, uint64_t offset, uint64_t count) {
  return count <= file.size && offset <= file.size - count;
}

Result<Elf64_Ehdr> read_header(const ByteSource& file) {
  Elf64_Ehdr header;
  if (file.size < sizeof header) return invalid("it is shorter than the header of one");
  if (!file.read(0, &header, sizeof header)) return invalid("it cannot be read");
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return invalid("it does not begin like one");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_ident[EI_VERSION] != EV_CURRENT || header.e_machine != kMachine) {
    return invalid("it is for another kind of machine");
  }
  if (header.e_type != ET_DYN) return invalid("it is an object file or a program");
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 || header.e_shnum > kMostSections ||
      header.e_shstrndx >= header.e_shnum ||
      !inside(file, header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf64_Shdr))) {
    return invalid("its table of sections is damaged");
  }
  return header;
}

}  // namespace

Result<std::string> read_elf_section(const ByteSource& file, std::string_view name, size_t most) {
  BLOX_ASSIGN(const Elf64_Ehdr header, read_header(file));
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  if (!file.read(header.e_shoff, sections.data(), sections.size() * sizeof(Elf64_Shdr))) {
    return invalid("its table of sections cannot be read");
  }
  const Elf64_Shdr& names_section = sections[header.e_shstrndx];
  if (names_section.sh_type != SHT_STRTAB || names_section.sh_size > kMostNames ||
      !inside(file, names_section.sh_offset, names_section.sh_size)) {
    return invalid("the names of its sections are damaged");
  }
  std::string names(names_section.sh_size, '\0');
  if (!names.empty() && !file.read(names_section.sh_offset, names.data(), names.size())) {
    return invalid("the names of its sections cannot be read");
  }
  std::optional<Elf64_Shdr> found;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_name >= names.size()) {
      if (section.sh_name == 0) continue;
      return invalid("the names of its sections are damaged");
    }
    const std::string_view rest = std::string_view(names).substr(section.sh_name);
    if (rest.substr(0, rest.find('\0')) != name) continue;
    if (found) return invalid(fmt::format("it has the section `{}` twice", name));
    found = section;
  }
  if (!found) return Status::user("elf.absent", fmt::format("has no section `{}`", name));
  if (found->sh_type != SHT_PROGBITS || found->sh_size > most || !inside(file, found->sh_offset, found->sh_size)) {
    return invalid(fmt::format("its section `{}` is damaged", name));
  }
  std::string content(found->sh_size, '\0');
  if (!content.empty() && !file.read(found->sh_offset, content.data(), content.size())) {
    return invalid(fmt::format("its section `{}` cannot be read", name));
  }
  return content;
}

}  // namespace blox
