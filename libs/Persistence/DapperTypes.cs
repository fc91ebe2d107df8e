using System.Data;
using Dapper;
using Jiceng.Domain;

namespace Jiceng.Persistence;

/// <summary>Teaches Dapper the types that stores use, once for the process; columns in snake_case fill members in PascalCase.</summary>
internal static class DapperTypes
{
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        // A type that Dapper maps itself would never reach its handler as a parameter.
        foreach (var type in (Type[])[typeof(DateTimeOffset), typeof(DateTimeOffset?), typeof(DateOnly), typeof(DateOnly?)])
            SqlMapper.RemoveTypeMap(type);
        SqlMapper.AddTypeHandler(new TimeHandler());
        SqlMapper.AddTypeHandler(new DayHandler());
        SqlMapper.AddTypeHandler(new PlaceCodeHandler());
        SqlMapper.AddTypeHandler(new ArrayHandler<string>());
        SqlMapper.AddTypeHandler(new ArrayHandler<Guid>());
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => new((DateTime)value);

        // PostgreSQL keeps moments, not offsets: Npgsql takes only UTC.
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.ToUniversalTime();
    }

    private sealed class DayHandler : SqlMapper.TypeHandler<DateOnly>
    {
        public override DateOnly Parse(object value) => value is DateOnly day ? day : DateOnly.FromDateTime((DateTime)value);

        public override void SetValue(IDbDataParameter parameter, DateOnly value) => parameter.Value = value;
    }

    private sealed class PlaceCodeHandler : SqlMapper.TypeHandler<PlaceCode>
    {
        public override PlaceCode Parse(object value) => PlaceCode.Parse((string)value);

        public override void SetValue(IDbDataParameter parameter, PlaceCode value) => parameter.Value = value.Value;
    }

    private sealed class ArrayHandler<T> : SqlMapper.TypeHandler<T[]>
    {
        public override T[] Parse(object value) => (T[])value;

        public override void SetValue(IDbDataParameter parameter, T[]? value) => parameter.Value = value;
    }
}
