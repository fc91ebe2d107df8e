using Jiceng.Cadre;
using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Liaisons.Domain;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Cadre.Records.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;
using V1 = Jiceng.Cadre.V1;

namespace Jiceng.UnitTests.Cadre;

public class EnumNamesTests
{
    [Fact]
    public void Of_AndRead_AreInverse()
    {
        EnumNames.Of(OrganizationKind.VillageBranch).ShouldBe("village_branch");
        EnumNames.Parse<OrganizationKind>("village_branch").ShouldBe(OrganizationKind.VillageBranch);
    }

    // The mapping between domain and contract is the number; this holds the names to it.
    [Theory]
    [InlineData(typeof(OrganizationKind), typeof(V1.OrganizationKind))]
    [InlineData(typeof(OrganizationClass), typeof(V1.OrganizationClass))]
    [InlineData(typeof(OrganizationState), typeof(V1.OrganizationState))]
    [InlineData(typeof(Sex), typeof(V1.Sex))]
    [InlineData(typeof(Education), typeof(V1.Education))]
    [InlineData(typeof(PersonCategory), typeof(V1.PersonCategory))]
    [InlineData(typeof(Position), typeof(V1.Position))]
    [InlineData(typeof(AppointmentSource), typeof(V1.AppointmentSource))]
    [InlineData(typeof(EndReason), typeof(V1.EndReason))]
    [InlineData(typeof(RecordKind), typeof(V1.RecordKind))]
    [InlineData(typeof(RecordLevel), typeof(V1.RecordLevel))]
    [InlineData(typeof(HelperKind), typeof(V1.HelperKind))]
    public void DomainEnum_AndContract_HaveTheSameNamesForTheSameNumbers(Type domain, Type contract)
    {
        Values(domain).Where(value => value.Number != 0).ShouldBe(Values(contract).Where(value => value.Number != 0));
        static IEnumerable<(int Number, string Name)> Values(Type type) =>
            Enum.GetValues(type).Cast<object>().Select(value => (Convert.ToInt32(value, null), value.ToString()!));
    }
}
