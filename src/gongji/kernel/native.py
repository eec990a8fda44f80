"""Compiling a program to machine code: a small part of Python, over whole numbers, by LLVM.

The programs are plain Python and mean the same when Python runs them.  What is understood: whole
numbers of 64 bits, arrays of them, constant arrays, `if`, `while`, `for ... in range(...)`, and
functions of whole numbers.  Nothing here can hold a float.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from llvmlite import binding, ir

__all__ = ["Native", "machine_name", "native_code"]

_I1, _I64 = ir.IntType(1), ir.IntType(64)
_OPERATORS: Mapping[type, str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and_", ast.BitOr: "or_",
    ast.RShift: "ashr", ast.LShift: "shl",
}  # fmt: skip
_COMPARED: Mapping[type, str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def native_code(
    text: str,
    helpers: str,
    arrays: Mapping[str, Sequence[int]],
    bits: Mapping[str, int],
) -> bytes:
    """The object code of a program.

    `helpers` is the text of functions it calls, `arrays` its constants.  `bits` says of arguments
    that are arrays how wide their numbers are; 64 bits where it says nothing.
    """
    module = ir.Module("settle")
    module.triple = binding.get_process_triple()
    constants = {name: _constant(module, name, values) for name, values in arrays.items()}
    functions: dict[str, ir.Function] = {}
    for node in ast.parse(helpers).body:
        if isinstance(node, ast.FunctionDef):
            _Function(module, node, constants, functions, {}).build()
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    _Function(module, node, constants, functions, bits, outer=True).build()
    return _optimised(str(module))


class Native:
    """Object code in memory, ready to be called at `address`."""

    def __init__(self, code: bytes) -> None:
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _machine())
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self.address: int = self._engine.get_function_address("settle")


def machine_name() -> str:
    """What object code depends on besides the program: the processor and the compiler."""
    features = binding.get_host_cpu_features().flatten()
    return f"{binding.get_process_triple()} {binding.get_host_cpu_name()} {features}"


def _machine() -> binding.TargetMachine:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=2,
        reloc="pic",
        codemodel="default",
        jit=True,
    )


def _optimised(assembly: str) -> bytes:
    machine = _machine()
    module = binding.parse_assembly(assembly)
    module.verify()
    builder = binding.create_pass_builder(
        machine, binding.create_pipeline_tuning_options(speed_level=2)
    )
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _constant(module: ir.Module, name: str, values: Sequence[int]) -> ir.GlobalVariable:
    kind = ir.ArrayType(_I64, len(values))
    found = ir.GlobalVariable(module, kind, name)
    found.global_constant = True
    found.linkage = "internal"
    found.initializer = ir.Constant(kind, list(values))
    return found


class _Function:
    """One function in the making; every name is a place of 64 bits until LLVM makes it a value."""

    def __init__(
        self,
        module: ir.Module,
        node: ast.FunctionDef,
        constants: Mapping[str, ir.GlobalVariable],
        functions: dict[str, ir.Function],
        bits: Mapping[str, int],
        *,
        outer: bool = False,
    ) -> None:
        self.node = node
        self.constants = constants
        self.functions = functions
        self.outer = outer
        self.names = [argument.arg for argument in node.args.args]
        self.indexed = {
            one.value.id
            for one in ast.walk(node)
            if isinstance(one, ast.Subscript) and isinstance(one.value, ast.Name)
        }
        kinds = [
            ir.IntType(bits.get(name, 64)).as_pointer()
            if name in self.indexed or name in bits
            else _I64
            for name in self.names
        ]
        returned = ir.VoidType() if outer else _I64
        self.function = ir.Function(module, ir.FunctionType(returned, kinds), node.name)
        if not outer:
            self.function.linkage = "internal"
            functions[node.name] = self.function
        self.variables: dict[str, ir.Value] = {}
        self.pointers: dict[str, ir.Value] = {}
        self.loops: list[tuple[ir.Block, ir.Block]] = []
        self.entry = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.builder = ir.IRBuilder(self.function.append_basic_block("body"))

    def build(self) -> None:
        """Write the function's code."""
        body = self.builder.block
        for name, argument in zip(self.names, self.function.args, strict=True):
            if isinstance(argument.type, ir.PointerType):
                argument.add_attribute("noalias")
                self.pointers[name] = argument
            else:
                self.entry.store(argument, self._variable(name))
        self._body(self.node.body)
        if not self.builder.block.is_terminated:
            if self.outer:
                self.builder.ret_void()
            else:
                self.builder.unreachable()
        self.entry.branch(body)

    def _variable(self, name: str) -> ir.Value:
        if name not in self.variables:
            self.variables[name] = self.entry.alloca(_I64, name=name)
        return self.variables[name]

    # --- statements ------------------------------------------------------------------------------

    def _body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if self.builder.block.is_terminated:
                return
            self._statement(statement)

    def _statement(self, one: ast.stmt) -> None:
        if isinstance(one, ast.Assign):
            self._assign(one.targets[0], one.value)
        elif isinstance(one, ast.AugAssign):
            self._store(one.target, self._number(ast.BinOp(one.target, one.op, one.value)))
        elif isinstance(one, ast.If):
            self._if(one)
        elif isinstance(one, ast.While):
            self._while(one)
        elif isinstance(one, ast.For):
            self._for(one)
        elif isinstance(one, ast.Break):
            self.builder.branch(self.loops[-1][1])
        elif isinstance(one, ast.Return):
            assert one.value is not None
            self.builder.ret(self._number(one.value))
        elif not isinstance(one, ast.Pass | ast.Expr):
            raise TypeError(ast.dump(one))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "np.zeros":
            size = value.args[0]
            assert isinstance(target, ast.Name)
            assert isinstance(size, ast.Constant)
            place = self.entry.alloca(ir.ArrayType(_I64, int(str(size.value))))
            self.pointers[target.id] = self.entry.bitcast(place, _I64.as_pointer())
            return
        self._store(target, self._number(value))

    def _store(self, target: ast.expr, value: ir.Value) -> None:
        if isinstance(target, ast.Name):
            self.builder.store(value, self._variable(target.id))
            return
        assert isinstance(target, ast.Subscript)
        place = self._place(target)
        kind = place.type.pointee
        self.builder.store(value if kind == _I64 else self.builder.trunc(value, kind), place)

    def _place(self, one: ast.Subscript) -> ir.Value:
        assert isinstance(one.value, ast.Name)
        index = self._number(one.slice)
        name = one.value.id
        if name in self.constants:
            zero = ir.Constant(_I64, 0)
            return self.builder.gep(self.constants[name], [zero, index], inbounds=True)
        return self.builder.gep(self.pointers[name], [index], inbounds=True)

    def _if(self, one: ast.If) -> None:
        condition = self._truth(one.test)
        then = self.function.append_basic_block("then")
        after = self.function.append_basic_block("after")
        otherwise = self.function.append_basic_block("else") if one.orelse else after
        self.builder.cbranch(condition, then, otherwise)
        for block, body in ((then, one.body), (otherwise, one.orelse)):
            if block is after:
                continue
            self.builder.position_at_end(block)
            self._body(body)
            if not self.builder.block.is_terminated:
                self.builder.branch(after)
        self.builder.position_at_end(after)

    def _while(self, one: ast.While) -> None:
        head = self.function.append_basic_block("head")
        body = self.function.append_basic_block("while")
        after = self.function.append_basic_block("done")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(self._truth(one.test), body, after)
        self._loop(head, body, after, one.body)

    def _for(self, one: ast.For) -> None:
        assert isinstance(one.iter, ast.Call)
        assert isinstance(one.target, ast.Name)
        limits = [self._number(argument) for argument in one.iter.args]
        first, last = limits if len(limits) == 2 else (ir.Constant(_I64, 0), limits[0])
        counter = self.entry.alloca(_I64)
        self.builder.store(first, counter)
        head = self.function.append_basic_block("head")
        body = self.function.append_basic_block("for")
        step = self.function.append_basic_block("step")
        after = self.function.append_basic_block("done")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        now = self.builder.load(counter)
        self.builder.cbranch(self.builder.icmp_signed("<", now, last), body, after)
        self.builder.position_at_end(step)
        next_one = self.builder.add(self.builder.load(counter), ir.Constant(_I64, 1))
        self.builder.store(next_one, counter)
        self.builder.branch(head)
        self.builder.position_at_end(body)
        self.builder.store(now, self._variable(one.target.id))
        self._loop(step, body, after, one.body)

    def _loop(
        self, again: ir.Block, body: ir.Block, after: ir.Block, statements: Sequence[ast.stmt]
    ) -> None:
        self.builder.position_at_end(body)
        self.loops.append((again, after))
        self._body(statements)
        self.loops.pop()
        if not self.builder.block.is_terminated:
            self.builder.branch(again)
        self.builder.position_at_end(after)

    # --- expressions -----------------------------------------------------------------------------

    def _truth(self, one: ast.expr) -> ir.Value:
        """A condition, as one bit."""
        if isinstance(one, ast.Constant):
            return ir.Constant(_I1, int(bool(one.value)))
        if isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.Not):
            return self.builder.not_(self._truth(one.operand))
        if isinstance(one, ast.BoolOp):
            return self._either(one)
        if isinstance(one, ast.Compare):
            found = None
            left = self._number(one.left)
            for operator, comparator in zip(one.ops, one.comparators, strict=True):
                right = self._number(comparator)
                bit = self.builder.icmp_signed(_COMPARED[type(operator)], left, right)
                found = bit if found is None else self.builder.and_(found, bit)
                left = right
            return found
        return self.builder.icmp_signed("!=", self._number(one), ir.Constant(_I64, 0))

    def _either(self, one: ast.BoolOp) -> ir.Value:
        """`and` and `or`: what stands later is looked at only as far as needed."""
        place = self.entry.alloca(_I1)
        after = self.function.append_basic_block("judged")
        for index, value in enumerate(one.values):
            bit = self._truth(value)
            self.builder.store(bit, place)
            if index + 1 == len(one.values):
                self.builder.branch(after)
                break
            more = self.function.append_basic_block("more")
            if isinstance(one.op, ast.And):
                self.builder.cbranch(bit, more, after)
            else:
                self.builder.cbranch(bit, after, more)
            self.builder.position_at_end(more)
        self.builder.position_at_end(after)
        return self.builder.load(place)

    def _number(self, one: ast.expr) -> ir.Value:
        if isinstance(one, ast.Constant):
            assert isinstance(one.value, int)
            return ir.Constant(_I64, int(one.value))
        if isinstance(one, ast.Name):
            return self.builder.load(self._variable(one.id))
        if isinstance(one, ast.Subscript):
            found = self.builder.load(self._place(one))
            return found if found.type == _I64 else self.builder.sext(found, _I64)
        if isinstance(one, ast.BinOp):
            return self._operation(one)
        if isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub):
            return self.builder.neg(self._number(one.operand))
        if isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.Invert):
            return self.builder.not_(self._number(one.operand))
        if isinstance(one, ast.Call):
            return self._call(one)
        if isinstance(one, ast.IfExp):
            test = self._truth(one.test)
            return self.builder.select(test, self._number(one.body), self._number(one.orelse))
        return self.builder.zext(self._truth(one), _I64)

    def _operation(self, one: ast.BinOp) -> ir.Value:
        left, right = self._number(one.left), self._number(one.right)
        if type(one.op) in _OPERATORS:
            return getattr(self.builder, _OPERATORS[type(one.op)])(left, right)
        down = self._divided(left, right)
        if isinstance(one.op, ast.FloorDiv):
            return down
        assert isinstance(one.op, ast.Mod)
        return self.builder.sub(left, self.builder.mul(down, right))

    def _divided(self, left: ir.Value, right: ir.Value) -> ir.Value:
        """The quotient, rounded down as Python does."""
        down = self.builder.sdiv(left, right)
        rest = self.builder.srem(left, right)
        zero = ir.Constant(_I64, 0)
        uneven = self.builder.icmp_signed("!=", rest, zero)
        apart = self.builder.icmp_signed("<", self.builder.xor(rest, right), zero)
        less = self.builder.zext(self.builder.and_(uneven, apart), _I64)
        return self.builder.sub(down, less)

    def _call(self, one: ast.Call) -> ir.Value:
        assert isinstance(one.func, ast.Name)
        values = [self._number(argument) for argument in one.args]
        if one.func.id in ("min", "max"):
            sign = "<" if one.func.id == "min" else ">"
            found = values[0]
            for value in values[1:]:
                less = self.builder.icmp_signed(sign, value, found)
                found = self.builder.select(less, value, found)
            return found
        if one.func.id == "whole":
            return self.builder.udiv(*values)
        return self.builder.call(self.functions[one.func.id], values)
